import { recentIndex } from '../metrics/first-failures.ts';
import {
  bakeMsAt,
  decideRampStep,
  type Obstacle,
  type RampCause,
  type RampDecision,
} from './decide-ramp-step.ts';
import { followDial } from './follow-dial.ts';
import { obeyOrder } from './obey-order.ts';
import {
  isOver,
  type Ramp,
  type RampEvent,
  type RampHappened,
  type RampPhase,
  type RampStep,
  stepAt,
} from './ramp.ts';
import { countersOf, readingsOfStep } from './readings-of-step.ts';
import type { RouteReading } from './route-readings.ts';
import type { DialChange, DialReading } from './traffic-dial.ts';
import { UNWATCHED_MS } from './unwatched.ts';

/** All that a controller sees when it looks at a ramp. */
export interface RampView {
  readonly nowMs: number;
  readonly dial: DialReading;
  readonly reading: RouteReading;
  /** The controller's name, as the dial's history has it. */
  readonly by: string;
}

/** What follows from a look: the ramp as it then is, how to turn the dial for it, and what there is to tell. */
export interface RampMove {
  readonly happened: RampHappened;
  /** Absent when the dial stays. To 0, it is turned whatever else happens. */
  readonly turn?: Omit<DialChange, 'by'>;
  readonly events: readonly RampEvent[];
}

/**
 * One look at one ramp: obeys the last order, takes note of a dial that somebody else turned, and decides by the
 * step's readings. It depends on nothing but what it is given, so that any controller goes on where another
 * stopped: later perhaps, but not sooner, and with the same evidence.
 */
export const decideRamp = (ramp: Ramp, view: RampView): RampMove => {
  if (isOver(ramp.happened)) return { happened: ramp.happened, events: [] };
  const obeyed = obeyOrder(ramp);
  if (isOver(obeyed)) return { happened: obeyed, events: [] };
  const followed = followDial(ramp.wanted, obeyed, view);
  if (followed.turn || isOver(followed.happened)) return followed;
  const move = judgeStep({ ...ramp, happened: followed.happened }, view);
  return { ...move, events: [...followed.events, ...move.events] };
};

const judgeStep = ({ wanted, happened }: Ramp, view: RampView): RampMove => {
  const { dial, reading, nowMs } = view;
  const step = happened.step && baking(withStart(happened.step, view), nowMs);
  const decision = decideRampStep(
    wanted.plan,
    {
      weightPercent: dial.weightPercent,
      atWeightMs: step?.bakedMs ?? 0,
      everSet: step !== null,
      obstacle: obstacleOf(happened, step, reading),
      nowMs,
      resumed: step?.resumed ?? false,
    },
    reading.step ??
      readingsOfStep({
        start: step?.start ?? null,
        recent: step?.recent ?? null,
        totals: reading.totals,
        setAtMs: dial.setAtMs,
      }),
  );
  const decided: RampHappened = { ...happened, step, decision: { ...decision, atMs: nowMs } };
  const event = eventOf(wanted.id, decision, view);
  if (decision.action === 'rollback') return rollBack(decided, decision, view, event('rolled-back'));
  if (decision.action === 'advance') return advance(decided, decision, view, event('advanced'));
  return holdStep(
    wanted.plan.holdTooLongMs,
    bakeMsAt(wanted.plan.steps, dial.weightPercent),
    decided,
    view,
    event,
  );
};

/** A step bakes while somebody looks: an absence counts for so long at the most, and so does a clock that jumps. */
const baking = (step: RampStep, nowMs: number): RampStep => {
  const gapMs = Math.max(0, Math.min(nowMs - step.lookedAtMs, UNWATCHED_MS));
  return { ...step, bakedMs: step.bakedMs + gapMs, lookedAtMs: nowMs };
};

/** The step's counters start when every instance serves its weight, and anew in each of its short windows. */
const withStart = (step: RampStep, { dial, reading, nowMs }: RampView): RampStep => {
  const follow = reading.instances.length > 0 && reading.behind.length === 0;
  if (!step.start && !follow) return step;
  const start = step.start ?? countersOf(reading.totals);
  // Set back, a clock would have a window looked at twice.
  const index = Math.max(step.recent?.index ?? 0, recentIndex(dial.setAtMs ?? nowMs, nowMs));
  if (index === 0 || step.recent?.index === index) return { ...step, start };
  return { ...step, start, recent: { index, start: countersOf(reading.totals) } };
};

const obstacleOf = (
  { paused }: RampHappened,
  step: RampStep | null,
  { instances, silent, behind }: RouteReading,
): Obstacle | undefined => {
  if (paused) return { cause: 'paused', reason: `${paused.by} paused the ramp${because(paused.why)}` };
  const known = instances.length + silent.length;
  const [first] = silent;
  if (first)
    return {
      cause: 'silent',
      reason: `${silent.length} of ${known} instances do not report, such as ${first.name} for ${Math.round(first.silentMs / 1000)} s`,
    };
  if (known === 0) return { cause: 'silent', reason: 'no instance that serves the route reports' };
  if (step && !step.start)
    return {
      cause: 'following',
      reason: `${behind.length} of ${known} instances do not serve ${step.weightPercent} % yet`,
    };
  return undefined;
};

type EventOf = (event: RampEvent['event']) => RampEvent;

const eventOf =
  (ramp: string, decision: RampDecision, { dial, by }: RampView): EventOf =>
  (event) => ({
    event,
    ramp,
    fromPercent: dial.weightPercent,
    toPercent: decision.toPercent,
    by,
    why: decision.reason,
    evidence: decision.evidence,
  });

const rollBack = (
  happened: RampHappened,
  { reason }: RampDecision,
  { by, nowMs }: RampView,
  event: RampEvent,
): RampMove => ({
  happened: { ...happened, phase: 'rolled-back', ended: { by, atMs: nowMs, why: reason } },
  turn: { weightPercent: 0, why: reason, expectedRevision: 'any' },
  events: [event],
});

const advance = (
  happened: RampHappened,
  { toPercent, reason }: RampDecision,
  { dial, nowMs }: RampView,
  event: RampEvent,
): RampMove => ({
  happened: {
    ...happened,
    phase: 'running',
    step: stepAt({ weightPercent: toPercent, nowMs, fromRevision: dial.revision, dialRevision: null }),
  },
  turn: { weightPercent: toPercent, why: reason, expectedRevision: dial.revision },
  events: [event],
});

/** Where nobody has to be told how long it takes: it bakes, or a person or the hour is waited for. */
const PATIENT: ReadonlySet<RampCause> = new Set<RampCause>([
  'baking',
  'paused',
  'pause-point',
  'schedule',
  'complete',
]);

const holdStep = (
  holdTooLongMs: number,
  bakeMs: number,
  happened: RampHappened,
  { nowMs }: RampView,
  eventOf: EventOf,
): RampMove => {
  const { step, decision } = happened;
  const phase = phaseOf(happened);
  const events: RampEvent[] = [];
  if (phase !== happened.phase && phase === 'waiting') events.push(eventOf('waiting'));
  if (phase !== happened.phase && phase === 'complete') events.push(eventOf('completed'));
  if (!step || !decision) return { happened: { ...happened, phase }, events };
  const isHeld = step.bakedMs >= bakeMs && !PATIENT.has(decision.cause) && phase !== 'complete';
  const heldSinceMs = isHeld ? (step.heldSinceMs ?? nowMs) : null;
  const tooLong = heldSinceMs !== null && nowMs - heldSinceMs >= holdTooLongMs;
  if (tooLong && !step.heldTold) events.push(eventOf('held-too-long'));
  return { happened: { ...happened, phase, step: { ...step, heldSinceMs, heldTold: tooLong } }, events };
};

const phaseOf = ({ paused, phase, decision }: RampHappened): RampPhase => {
  if (paused) return 'paused';
  if (phase === 'complete' || decision?.cause === 'complete') return 'complete';
  return decision?.cause === 'pause-point' ? 'waiting' : 'running';
};

const because = (why: string): string => (why === '' ? '' : `: ${why}`);
