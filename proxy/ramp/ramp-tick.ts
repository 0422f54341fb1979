import { BanyanError, type Clock, messageOf } from '../../services/core/index.ts';
import { decideRampStep, type RampDecision } from './decide-ramp-step.ts';
import type { RampPlan } from './ramp-plan.ts';
import type { ReadingsSource } from './readings-window.ts';
import type { TrafficDial } from './traffic-dial.ts';

/** A decision, and whether the dial was turned by it. */
export interface RampTick extends RampDecision {
  readonly fromPercent: number;
  readonly turned: boolean;
}

/**
 * One tick of a ramp: reads the dial, reads both sides, decides, and turns the dial if the decision says so. All
 * state is read back, so that a restart is harmless; an operator who turned the dial meanwhile wins over an
 * advance, and a rollback wins over everybody.
 */
export const rampTick = async (options: {
  route: string;
  plan: RampPlan;
  dial: TrafficDial;
  readings: ReadingsSource;
  clock: Clock;
  /** Who turns the dial, for its history. */
  by: string;
}): Promise<RampTick> => {
  const { route, plan, dial, clock, by } = options;
  const reading = await dial.read(route);
  const { weightPercent, setAtMs = 0, revision } = reading;
  const status = {
    weightPercent,
    atWeightMs: clock.nowMs() - setAtMs,
    everSet: reading.setAtMs !== undefined,
  };
  const decision = decideRampStep(plan, status, await options.readings.since(route, setAtMs));
  const tick = { ...decision, fromPercent: weightPercent };
  if (decision.action === 'hold') return { ...tick, turned: false };
  const expectedRevision = decision.action === 'rollback' ? 'any' : revision;
  try {
    await dial.set(route, { weightPercent: decision.toPercent, by, why: decision.reason, expectedRevision });
    return { ...tick, turned: true };
  } catch (thrown) {
    if (!(thrown instanceof BanyanError) || thrown.code !== 'revision-conflict') throw thrown;
    return { ...tick, action: 'hold', toPercent: weightPercent, reason: messageOf(thrown), turned: false };
  }
};
