import type { Readings, SideReadings } from '../metrics/readings.ts';
import type { RampGuards, RampPlan } from './ramp-plan.ts';

/** Where a ramp is, as the dial says. */
export interface RampStatus {
  readonly weightPercent: number;
  /** How long the dial has been there. */
  readonly atWeightMs: number;
  /** Whether the dial was ever turned: a weight of 0 is a start only when nobody turned it back. */
  readonly everSet: boolean;
}

/** Why a decision was taken, for programs; the sentence is in `reason`. */
export type RampCause =
  | 'start'
  | 'passed'
  | 'complete'
  | 'turned-off'
  | 'baking'
  | 'no-data'
  | 'few-requests'
  | 'errors'
  | 'latency';

export interface RampDecision {
  readonly action: 'advance' | 'hold' | 'rollback';
  /** The weight that the decision asks for; the present one to hold. */
  readonly toPercent: number;
  readonly cause: RampCause;
  /** A sentence with the numbers that it rests on. */
  readonly reason: string;
}

/**
 * What to do with a ramp, given what both sides did since the dial was last turned. Guards are asked first, so
 * that a bad step is turned back at once and not at the end of its time. No data is never success (law 9).
 */
export const decideRampStep = (plan: RampPlan, status: RampStatus, readings: Readings): RampDecision => {
  const { weightPercent: now } = status;
  const hold = (cause: RampCause, reason: string): RampDecision => ({
    action: 'hold',
    toPercent: now,
    cause,
    reason,
  });
  const next = plan.steps.find((step) => step.weightPercent > now);
  if (now === 0) {
    if (status.everSet)
      return hold('turned-off', 'the dial was turned to 0 %: somebody has to start it again');
    return advance(next?.weightPercent ?? 0, 'start', 'the ramp starts');
  }
  const { candidate } = readings;
  if (candidate.requests === 0) return hold('no-data', 'the candidate had no requests, which proves nothing');
  const fault = faultOf(plan.guards, readings);
  if (fault) return { action: 'rollback', toPercent: 0, ...fault };
  const { minimumRequests } = plan.guards;
  if (candidate.requests < minimumRequests)
    return hold('few-requests', `the candidate had ${candidate.requests} of ${minimumRequests} requests`);
  const bakeMs = plan.steps.findLast((step) => step.weightPercent <= now)?.bakeMs ?? 0;
  if (status.atWeightMs < bakeMs)
    return hold('baking', `${status.atWeightMs} of ${bakeMs} ms at ${now} % have passed`);
  const passed = `${candidate.failures} of ${candidate.requests} requests failed at ${now} %`;
  return next
    ? advance(next.weightPercent, 'passed', passed)
    : hold('complete', `the last step holds: ${passed}`);
};

const advance = (toPercent: number, cause: RampCause, reason: string): RampDecision => ({
  action: 'advance',
  toPercent,
  cause,
  reason,
});

const faultOf = (
  guards: RampGuards,
  { candidate, control }: Readings,
): { cause: RampCause; reason: string } | undefined => {
  const excess = errorPercent(candidate) - errorPercent(control);
  if (candidate.failures > guards.toleratedFailures && excess > guards.maxErrorExcessPercent) {
    const reason = `${candidate.failures} of the candidate's ${candidate.requests} requests failed, ${control.failures} of the control's ${control.requests}`;
    return { cause: 'errors', reason };
  }
  // The p99 of a handful is its maximum, and at 100 % the control may have none to compare with.
  if (candidate.requests < guards.minimumRequests || control.requests < guards.minimumRequests)
    return undefined;
  const [ours = 0, theirs = 0] = [candidate.p99Ms, control.p99Ms];
  const limitMs = Math.max(guards.latencyFloorMs, theirs * guards.maxLatencyRatio);
  if (ours <= limitMs) return undefined;
  const reason = `the candidate's p99 is ${ours} ms, the control's ${theirs} ms; the limit is ${limitMs} ms`;
  return { cause: 'latency', reason };
};

const errorPercent = ({ requests, failures }: SideReadings): number =>
  requests === 0 ? 0 : (failures * 100) / requests;
