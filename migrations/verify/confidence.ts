/**
 * Of `sampled` keys drawn at random `different` differ: the share of all keys of which we are `confidencePercent`
 * sure that fewer differ. The exact (Clopper-Pearson) upper bound of the binomial; drawing without replacement makes
 * it a little stricter than needed. With no difference it is `1 - (1 - confidence) ^ (1 / sampled)`, which for 95 %
 * is the rule of three.
 * https://doi.org/10.1093/biomet/26.4.404
 */
export const shareAtMost = (sample: {
  readonly sampled: number;
  readonly different: number;
  readonly confidencePercent: number;
}): number => {
  const { sampled, different } = sample;
  const risk = 1 - sample.confidencePercent / 100;
  if (sampled === 0 || different >= sampled) return 1;
  if (different === 0) return -Math.expm1(Math.log(risk) / sampled);
  let low = different / sampled;
  let high = 1;
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(different, sampled, middle) > risk) low = middle;
    else high = middle;
  }
  return high;
};

/** How many keys have to be drawn so that, if none of them differs, fewer than `share` of all do. */
export const sampleSizeFor = (options: {
  readonly share: number;
  readonly confidencePercent: number;
}): number => Math.ceil(Math.log(1 - options.confidencePercent / 100) / Math.log1p(-options.share));

/** P(X <= most), X binomial; summed by logarithms, since its first terms underflow. */
const chanceOfAtMost = (most: number, trials: number, share: number): number => {
  if (share >= 1) return most >= trials ? 1 : 0;
  const odds = Math.log(share) - Math.log1p(-share);
  let term = trials * Math.log1p(-share);
  let sum = Math.exp(term);
  for (let hits = 1; hits <= most; hits += 1) {
    term += Math.log((trials - hits + 1) / hits) + odds;
    sum += Math.exp(term);
  }
  return sum;
};
