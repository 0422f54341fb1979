import { formatDuration } from '../../services/core/format-duration.ts';
import { judge } from './judge.ts';
import type { Evidence, GuardName } from './judge-evidence.ts';
import type { RampPlan } from './ramp-plan.ts';
import { isOpen, scheduleText } from './ramp-schedule.ts';
import type { StepReadings } from './step-readings.ts';

/** Where a ramp is, as the dial says. */
export interface RampStatus {
  readonly weightPercent: number;
  /** How long the dial has been there. */
  readonly atWeightMs: number;
  /** Whether the dial was ever turned: a weight of 0 is a start only when nobody turned it back. */
  readonly everSet: boolean;
  /** Optional: defaults to nothing. What keeps the ramp where it is, whatever the readings; guards watch all the same. */
  readonly obstacle?: Obstacle;
  /** Optional: a plan with a schedule does not advance without it. */
  readonly nowMs?: number;
  /** Optional: defaults to false. Whether an operator has let the ramp go on from this step. */
  readonly resumed?: boolean;
}

/** Why a ramp stays where it is. */
export interface Obstacle {
  readonly cause: RampCause;
  readonly reason: string;
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
  | 'paused'
  | 'pause-point'
  | 'schedule'
  | 'silent'
  | 'following'
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
  const { weightPercent: now, obstacle } = status;
  if (now === 0) return decideStart(plan, status);
  const { candidate, firstFailures } = readings;
  if (candidate.requests === 0 && !firstFailures?.candidate.requests) {
    const { cause, reason } = obstacle ?? NO_DATA;
    return decided('hold', now, cause, reason);
  }
  const evidence = judge(plan.guards, readings, plan.steps.length);
  const against = evidence.find(({ verdict }) => verdict === 'against');
  if (against) return decided('rollback', 0, against.guard, sentenceOf(against), evidence);
  const unready = obstacle ?? whyNotYet(plan, status, candidate.requests) ?? doubtOf(evidence);
  if (unready) return decided('hold', now, unready.cause, unready.reason, evidence);
  const passed = `${candidate.failures} of ${candidate.requests} requests failed at ${now} %`;
  const next = plan.steps.find((step) => step.weightPercent > now);
  if (!next) return decided('hold', now, 'complete', `the last step holds: ${passed}`, evidence);
  const gate = gateAfter(plan, status);
  if (gate) return decided('hold', now, gate.cause, `${gate.reason}: ${passed}`, evidence);
  return decided('advance', next.weightPercent, 'passed', passed, evidence);
};

const NO_DATA: Obstacle = {
  cause: 'no-data',
  reason: 'the candidate had no requests, which proves nothing',
};

const decideStart = (plan: RampPlan, status: RampStatus): RampDecision => {
  if (status.everSet) {
    const reason = 'the dial was turned to 0 %: somebody has to start it again';
    return decided('hold', 0, 'turned-off', reason);
  }
  const unready = status.obstacle ?? outsideSchedule(plan, status);
  if (unready) return decided('hold', 0, unready.cause, unready.reason);
  return decided('advance', plan.steps[0]?.weightPercent ?? 0, 'start', 'the ramp starts');
};

/** What a step that has passed waits for. */
const gateAfter = (plan: RampPlan, status: RampStatus): Obstacle | undefined => {
  const step = plan.steps.findLast(({ weightPercent }) => weightPercent <= status.weightPercent);
  if (step?.pause && !status.resumed)
    return { cause: 'pause-point', reason: `the step has passed, and waits for an operator's resume` };
  return outsideSchedule(plan, status);
};

const outsideSchedule = ({ schedule }: RampPlan, { nowMs }: RampStatus): Obstacle | undefined => {
  if (!schedule || (nowMs !== undefined && isOpen(schedule, nowMs))) return undefined;
  return { cause: 'schedule', reason: `the ramp advances ${scheduleText(schedule)} only` };
};

const decided = (
  action: RampDecision['action'],
  toPercent: number,
  cause: RampCause,
  reason: string,
  evidence: readonly Evidence[] = [],
): RampDecision => ({ action, toPercent, cause, reason, evidence });

/** How long a weight is watched at the least: as long as the step at or below it. */
export const bakeMsAt = (steps: RampPlan['steps'], weightPercent: number): number =>
  steps.findLast((step) => step.weightPercent <= weightPercent)?.bakeMs ?? 0;

const whyNotYet = (
  { guards, steps }: RampPlan,
  { weightPercent, atWeightMs }: RampStatus,
  requests: number,
): Obstacle | undefined => {
  const { minimumRequests } = guards;
  if (requests < minimumRequests)
    return { cause: 'few-requests', reason: `the candidate had ${requests} of ${minimumRequests} requests` };
  const bakeMs = bakeMsAt(steps, weightPercent);
  if (atWeightMs >= bakeMs) return undefined;
  return {
    cause: 'baking',
    reason: `${formatDuration(atWeightMs)} of ${formatDuration(bakeMs)} at ${weightPercent} % have passed`,
  };
};

/** A guard that is not sure, or has nothing to be sure by, keeps a step from passing. */
const doubtOf = (evidence: readonly Evidence[]): Obstacle | undefined => {
  const doubt = evidence.find(({ verdict }) => verdict === 'unproven' || verdict === 'doubtful');
  if (!doubt) return undefined;
  return { cause: doubt.verdict === 'unproven' ? 'no-data' : doubt.guard, reason: sentenceOf(doubt) };
};

const sentenceOf = ({ reason, log10, log10Needed }: Evidence): string =>
  log10 === undefined || log10Needed === undefined
    ? reason
    : `${reason}: evidence of 10^${log10.toFixed(1)}, of 10^${log10Needed.toFixed(1)} for a rollback`;
