import type { Readings } from '../metrics/readings.ts';
import { logEValueAbove, logEValueBelow, logEValueOfSides } from './judge-e-values.ts';
import { type Evidence, plain, weigh } from './judge-evidence.ts';
import { judgePercentile } from './judge-latency.ts';
import type { RampGuards } from './ramp-plan.ts';
import type { StepReadings } from './step-readings.ts';

/** Guards that may each raise a false alarm: errors, the limit of errors, latency, shadow. */
const CHANCES = 4;

/**
 * What a step's readings say against the candidate, guard by guard: over the whole step, which finds what is
 * small, and in the present short window of it, which finds what began late. It may be asked as often as one
 * likes: over all steps, windows and guards of a ramp, a candidate that keeps within its guards is turned back
 * with a chance of at most `falseAlarmPercent`, whatever the moment (see `judge-e-values`).
 */
export const judge = (
  guards: RampGuards,
  readings: StepReadings,
  /** The ramp's steps, among which the chance of a false alarm is shared. */
  steps: number,
): readonly Evidence[] => {
  const alpha = guards.falseAlarmPercent / 100 / (steps * CHANCES);
  const step = judgeWindow(guards, readings, alpha / 2);
  const { recent } = readings;
  if (!recent) return step;
  // Half of the chance, over endlessly many windows: 1/2 + 1/6 + 1/12 + … = 1.
  const share = 1 / (recent.index * (recent.index + 1));
  const lately = judgeWindow(guards, recent, (alpha / 2) * share).filter(({ log10 }) => log10 !== undefined);
  return [...step, ...lately.map((one) => ({ ...one, reason: `lately ${one.reason}` }))];
};

const judgeWindow = (guards: RampGuards, readings: Readings, alpha: number): readonly Evidence[] => {
  const { control, candidate } = readings;
  const percentiles = guards.latencyPercentiles;
  return [
    judgeErrors(guards, readings, alpha),
    judgeErrorLimit(guards, readings, alpha),
    ...percentiles.map((percentile) =>
      judgePercentile({ percentile, control, candidate, guards, alpha: alpha / percentiles.length }),
    ),
    ...judgeShadow(guards, readings, alpha),
    judgeSaturation(guards, readings),
  ];
};

/**
 * Users who failed, by side. A user is on the candidate's side by a hash and counts once, so that the side of
 * each is a throw of the weight's coin as long as the sides are equal: however much users differ, whatever they
 * repeat, and whoever of them is unlucky on both sides.
 */
const judgeErrors = (guards: RampGuards, { firstFailures }: Readings, alpha: number): Evidence => {
  if (!firstFailures) {
    return plain('errors', 'unproven', 'no proxy has counted who fails at this weight');
  }
  const { weightPercent } = firstFailures;
  const [control, candidate] = [firstFailures.control.users, firstFailures.candidate.users];
  const reason = `${candidate} users failed on the candidate and ${control} on the control at ${weightPercent} %`;
  if (weightPercent >= 100) return plain('errors', 'idle', `${reason}: there is nothing to compare with`);
  const logEValue = logEValueOfSides({
    control,
    candidate,
    candidateShare: weightPercent / 100,
    maxRatio: guards.maxErrorRatio,
  });
  const evidence = weigh({ guard: 'errors', logEValue, alpha, reason });
  const failedPercent = (candidate * 100) / Math.max(1, firstFailures.candidate.requests);
  // However sure it is that the candidate is worse: nobody wants to be turned back by so little.
  return failedPercent < guards.errorFloorPercent ? { ...evidence, verdict: 'fine' } : evidence;
};

/**
 * A limit of its own for the candidate's rate, for where the sides say little: at a high weight most failures
 * are the candidate's anyway. A control that is known to fail as much raises it.
 */
const judgeErrorLimit = (guards: RampGuards, { firstFailures }: Readings, alpha: number): Evidence => {
  if (!firstFailures) return plain('error-limit', 'idle', 'nobody has counted who fails');
  const { users: hits, requests: trials } = firstFailures.candidate;
  const limit = errorLimit(guards, firstFailures.control, alpha / 2);
  const reason = `${hits} users failed in ${trials} requests up to their first failure; the limit is ${+(limit * 100).toPrecision(3)} %`;
  if (limit >= 1) return plain('error-limit', 'idle', reason);
  const logEValue = logEValueAbove({ hits, trials, limit });
  return weigh({ guard: 'error-limit', logEValue, alpha: alpha / 2, reason });
};

const errorLimit = (
  guards: RampGuards,
  control: { users: number; requests: number },
  alpha: number,
): number => {
  const least = guards.maxErrorPercent / 100;
  const isProven = (limit: number) =>
    logEValueBelow({ hits: control.users, trials: control.requests, limit }) >= -Math.log(alpha);
  for (let rate = least / guards.maxErrorRatio; rate < 1; rate *= 1.1) {
    if (isProven(rate)) return Math.max(least, rate * guards.maxErrorRatio);
  }
  // A control of which so much is known fails nearly always; of any other too little is known to go by.
  return control.requests >= guards.minimumRequests ? 1 : least;
};

const judgeShadow = (guards: RampGuards, { shadow }: Readings, alpha: number): readonly Evidence[] => {
  const { maxMismatchPercent } = guards;
  if (maxMismatchPercent === undefined) return [];
  const { compared, mismatched } = shadow;
  if (compared === 0) return [plain('shadow', 'unproven', 'no answers of both sides have been compared')];
  return [
    weigh({
      guard: 'shadow',
      logEValue: logEValueAbove({ hits: mismatched, trials: compared, limit: maxMismatchPercent / 100 }),
      alpha,
      reason: `${mismatched} of ${compared} compared answers differed; the limit is ${maxMismatchPercent} %`,
    }),
  ];
};

/** No chance is at stake: a candidate that is full would only be fuller at the next step. */
const judgeSaturation = (guards: RampGuards, { saturated, candidate }: Readings): Evidence => {
  const percent = candidate.requests === 0 ? 0 : (saturated * 100) / candidate.requests;
  const reason = `${saturated} of the candidate's ${candidate.requests} requests had to wait for a connection`;
  return plain('saturation', percent > guards.maxSaturatedPercent ? 'doubtful' : 'fine', reason);
};
