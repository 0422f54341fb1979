/**
 * Kayenta's rule for one metric, from its sources (MannWhitney and MannWhitneyClassifier, with the defaults of
 * its judge): the candidate is high when the lower end of the 98 % confidence interval of the shift between the
 * samples (Mann-Whitney, normal approximation with correction for continuity and ties) is above a quarter of the
 * estimated shift. Its optional outlier removal is off, as by default.
 */
export const kayentaFindsHigh = (control: readonly number[], candidate: readonly number[]): boolean => {
  if (mean(candidate) < mean(control)) return false;
  // The interval's lower end is above 0 when the statistic at no shift is; nothing else can pass.
  const atNoShift = zOfShift(control, candidate, 0);
  if (Number.isNaN(atNoShift) || atNoShift <= Z_99) return false;
  const lower = rootOf((shift) => zOfShift(control, candidate, shift) - Z_99, control, candidate);
  const estimate = rootOf((shift) => zOfShift(control, candidate, shift), control, candidate);
  return lower > TOLERANCE * Math.abs(estimate);
};

/** Two-sided 98 %. */
const Z_99 = 2.3263;
const TOLERANCE = 0.25;

/** How far the candidate's ranks are from those of equal samples, once the candidate is shifted down. */
const zOfShift = (control: readonly number[], candidate: readonly number[], shift: number): number => {
  const [n, m] = [candidate.length, control.length];
  const values = [
    ...candidate.map((value) => ({ value: value - shift, candidate: true })),
    ...control.map((value) => ({ value, candidate: false })),
  ].sort((a, b) => a.value - b.value);
  let [rankSum, ties] = [0, 0];
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (to < values.length && values[to]?.value === values[from]?.value) to++;
    const tied = to - from;
    ties += tied ** 3 - tied;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if (values[at]?.candidate) rankSum += rank;
    from = to;
  }
  const excess = rankSum - (n * (n + 1)) / 2 - (n * m) / 2;
  const sigma = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))));
  return (excess - Math.sign(excess) * 0.5) / sigma;
};

/** The shift at which a falling function is 0, to a ten-thousandth of the range. */
const rootOf = (
  fallen: (shift: number) => number,
  control: readonly number[],
  candidate: readonly number[],
): number => {
  let low = Math.min(...candidate) - Math.max(...control);
  let high = Math.max(...candidate) - Math.min(...control);
  for (let halving = 0; halving < 20; halving++) {
    const middle = (low + high) / 2;
    if (fallen(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
