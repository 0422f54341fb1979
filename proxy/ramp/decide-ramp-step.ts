import { judge } from './judge.ts';
import type { Evidence, GuardName } from './judge-evidence.ts';
import type { RampPlan } from './ramp-plan.ts';
import type { StepReadings } from './readings-window.ts';

/** Where a ramp is, as the dial says. */
export interface RampStatus {
  readonly weightPercent: number;
  /** How long the dial has been there. */
  readonly atWeightMs: number;
  /** Whether the dial was ever turned: a weight of 0 is a start only when nobody turned it back. */
  readonly everSet: boolean;
}

/** Why a decision was taken, for programs; the sentence is in `reason`. A guard's name when it was that one's. */
export type RampCause =
  | 'start'
  | 'passed'
  | 'complete'
  | 'turned-off'
  | 'baking'
  | 'no-data'
  | 'few-requests'
  | GuardName;

export interface RampDecision {
  readonly action: 'advance' | 'hold' | 'rollback';
  /** The weight that the decision asks for; the present one to hold. */
  readonly toPercent: number;
  readonly cause: RampCause;
  /** A sentence with the numbers that it rests on. */
  readonly reason: string;
  /** What each guard found; empty where none was asked. */
  readonly evidence: readonly Evidence[];
}

/**
 * What to do with a ramp, given what both sides did since the dial was last turned. Guards are asked first, so
 * that a bad step is turned back at once and not at the end of its time. No data is never success (law 9).
 */
export const decideRampStep = (plan: RampPlan, status: RampStatus, readings: StepReadings): RampDecision => {
  const { weightPercent: now } = status;
  const next = plan.steps.find((step) => step.weightPercent > now);
  if (now === 0) {
    return status.everSet
      ? decided('hold', 0, 'turned-off', 'the dial was turned to 0 %: somebody has to start it again')
      : decided('advance', next?.weightPercent ?? 0, 'start', 'the ramp starts');
  }
  const { candidate } = readings;
  if (candidate.requests === 0)
    return decided('hold', now, 'no-data', 'the candidate had no requests, which proves nothing');
  const evidence = judge(plan.guards, readings, plan.steps.length);
  const against = evidence.find(({ verdict }) => verdict === 'against');
  if (against) return decided('rollback', 0, against.guard, sentenceOf(against), evidence);
  const unready = whyNotYet(plan, status, candidate.requests) ?? doubtOf(evidence);
  if (unready) return decided('hold', now, unready.cause, unready.reason, evidence);
  const passed = `${candidate.failures} of ${candidate.requests} requests failed at ${now} %`;
  return next
    ? decided('advance', next.weightPercent, 'passed', passed, evidence)
    : decided('hold', now, 'complete', `the last step holds: ${passed}`, evidence);
};

const decided = (
  action: RampDecision['action'],
  toPercent: number,
  cause: RampCause,
  reason: string,
  evidence: readonly Evidence[] = [],
): RampDecision => ({ action, toPercent, cause, reason, evidence });

interface Unready {
  readonly cause: RampCause;
  readonly reason: string;
}

const whyNotYet = (
  { guards, steps }: RampPlan,
  { weightPercent, atWeightMs }: RampStatus,
  requests: number,
): Unready | undefined => {
  const { minimumRequests } = guards;
  if (requests < minimumRequests)
    return { cause: 'few-requests', reason: `the candidate had ${requests} of ${minimumRequests} requests` };
  const bakeMs = steps.findLast((step) => step.weightPercent <= weightPercent)?.bakeMs ?? 0;
  if (atWeightMs >= bakeMs) return undefined;
  return { cause: 'baking', reason: `${atWeightMs} of ${bakeMs} ms at ${weightPercent} % have passed` };
};

/** A guard that is not sure, or has nothing to be sure by, keeps a step from passing. */
const doubtOf = (evidence: readonly Evidence[]): Unready | undefined => {
  const doubt = evidence.find(({ verdict }) => verdict === 'unproven' || verdict === 'doubtful');
  if (!doubt) return undefined;
  return { cause: doubt.verdict === 'unproven' ? 'no-data' : doubt.guard, reason: sentenceOf(doubt) };
};

const sentenceOf = ({ reason, log10, log10Needed }: Evidence): string =>
  log10 === undefined || log10Needed === undefined
    ? reason
    : `${reason}: evidence of 10^${log10.toFixed(1)}, of 10^${log10Needed.toFixed(1)} for a rollback`;
