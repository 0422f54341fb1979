/** How often a field differed: between the control's own two answers, and between control and candidate. */
export interface FieldCounts {
  readonly controlPairs: number;
  readonly differedInControl: number;
  readonly compared: number;
  readonly differed: number;
}

/** Diffy's threshold: how much more often, of the sum of both rates, a field must differ to be more than noise. */
const RELATIVE_EXCESS = 0.2;
/** Standard deviations that the difference of two small counts may be off. */
const DEVIATIONS = 2.6;

/**
 * Whether a field's differences are no more than the control differs from itself: a clock, a random order, an
 * id for each request. By Diffy's rule (the rate between sides against the rate between two answers of one side),
 * with room for what small counts are off by chance.
 */
export const isNoise = ({ controlPairs, differedInControl, compared, differed }: FieldCounts): boolean => {
  if (differedInControl === 0 || compared === 0) return false;
  const noise = differedInControl / controlPairs;
  const raw = differed / compared;
  const error = Math.sqrt((raw * (1 - raw)) / compared + (noise * (1 - noise)) / controlPairs);
  return raw - noise <= Math.max(RELATIVE_EXCESS * (raw + noise), DEVIATIONS * error);
};
