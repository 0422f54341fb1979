/**
 * Evidence as a bet against a hypothesis: an e-value is what one unit of money has become, in bets that gain
 * nothing on average while the hypothesis holds. Its chance of ever reaching 1/α is then at most α (Ville's
 * inequality), however often one looks, so that it may be asked after every request.
 *
 * Each is a mixture over fixed alternatives of likelihood ratios (Robbins, "Statistical methods related to the
 * law of the iterated logarithm", 1970), a function of counts alone: counts of several instances may be added
 * in any order. All are natural logarithms, since evidence soon exceeds what a number can hold.
 */

/** How much worse than the limit the alternatives are; a total outage is some hundredfold. */
const WORSE = [1.5, 2, 3, 5, 8, 15, 40, 200];
/** The odds of the alternatives that are better than a limit. */
const BETTER = [2 / 3, 1 / 2, 1 / 4, 1 / 10, 0];

/**
 * Against "a unit that fails is the candidate's with at most the odds of its share, times `maxRatio`". Asked of
 * failures alone, it needs to know neither rates nor traffic, and rates may drift: only the side on which each
 * failure falls counts (Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022).
 */
export const logEValueOfSides = (counts: {
  readonly control: number;
  readonly candidate: number;
  /** The chance of a unit to be the candidate's, 0 to 1. At either end there is nothing to compare. */
  readonly candidateShare: number;
  readonly maxRatio: number;
}): number => {
  const { control, candidate, candidateShare, maxRatio } = counts;
  if (candidateShare <= 0 || candidateShare >= 1) return 0;
  const limit = shareAt(maxRatio, candidateShare);
  return logMean(
    WORSE.map((worse) => {
      const share = shareAt(maxRatio * worse, candidateShare);
      return logLikelihoodRatio(candidate, control, share, limit);
    }),
  );
};

/** Against "each trial is a hit with a chance of at most `limit`". */
export const logEValueAbove = (counts: Trials): number => logEValueOfTrials(counts, WORSE);

/** Against "each trial is a hit with a chance of at least `limit`". */
export const logEValueBelow = (counts: Trials): number => logEValueOfTrials(counts, BETTER);

/** Hits among trials, and the chance that is disputed, between 0 and 1. */
export interface Trials {
  readonly hits: number;
  readonly trials: number;
  readonly limit: number;
}

const logEValueOfTrials = ({ hits, trials, limit }: Trials, odds: readonly number[]): number =>
  logMean(odds.map((ratio) => logLikelihoodRatio(hits, trials - hits, shareAt(ratio, limit), limit)));

/** A chance whose odds are `ratio` times those of `share`. */
const shareAt = (ratio: number, share: number): number => (ratio * share) / (ratio * share + 1 - share);

const logLikelihoodRatio = (hits: number, misses: number, chance: number, limit: number): number =>
  times(hits, Math.log(chance / limit)) + times(misses, Math.log((1 - chance) / (1 - limit)));

/** What never happened costs nothing, even where it could not happen: 0 times minus infinity is 0 here. */
const times = (count: number, log: number): number => (count === 0 ? 0 : count * log);

/** The logarithm of the mean of values given by their logarithms. */
const logMean = (logs: readonly number[]): number => {
  const highest = Math.max(...logs);
  if (highest === Number.NEGATIVE_INFINITY) return highest;
  const sum = logs.reduce((total, log) => total + Math.exp(log - highest), 0);
  return highest + Math.log(sum / logs.length);
};
