/** What is watched while a ramp goes on. */
export type GuardName = 'errors' | 'error-limit' | 'latency' | 'shadow' | 'saturation';

/**
 * `against`: the candidate breaks the guard. `doubtful`: it may; more data will tell. `unproven`: there is no
 * data to tell by, which is no success (law 9). `idle`: the guard has nothing to say here, and others do.
 */
export type Verdict = 'against' | 'doubtful' | 'fine' | 'unproven' | 'idle';

/** What one guard found, in numbers. */
export interface Evidence {
  readonly guard: GuardName;
  readonly verdict: Verdict;
  /** The e-value as a power of ten; `undefined` where no chance is at stake. */
  readonly log10: number | undefined;
  /** From which power of ten it is `against`. */
  readonly log10Needed: number | undefined;
  /** A sentence with the counts that it rests on. */
  readonly reason: string;
}

/** Weighs an e-value, given by its natural logarithm: halfway to `alpha` it is doubtful. */
export const weigh = (options: {
  guard: GuardName;
  logEValue: number;
  /** The chance of a false alarm, 0 to 1. */
  alpha: number;
  reason: string;
}): Evidence => {
  const { guard, logEValue, alpha, reason } = options;
  const needed = -Math.log(alpha);
  const verdict = logEValue >= needed ? 'against' : logEValue >= needed / 2 ? 'doubtful' : 'fine';
  return { guard, verdict, log10: logEValue / Math.LN10, log10Needed: needed / Math.LN10, reason };
};

/** Evidence of a guard that weighs no chance. */
export const plain = (guard: GuardName, verdict: Verdict, reason: string): Evidence => ({
  guard,
  verdict,
  log10: undefined,
  log10Needed: undefined,
  reason,
});
