import { UsageError } from '../../../../services/core/index.ts';
import { isWeightPercent } from '../../../routing/weight.ts';

/** The weights of the two target groups of a listener rule, each 0 to 999. */
export interface TargetWeights {
  readonly control: number;
  readonly candidate: number;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html */
const MAX_WEIGHT = 999;
/** Sums that a person reads at once, before any other. */
const ROUND_SUMS = [100, 1_000];

/**
 * The weights that share traffic as `weightPercent` says, to 0.01 %.
 * @throws UsageError for a weight that is none, and for one that whole numbers up to 999 do not give, with the nearest
 * that they do: all of 0.1 to 99.9 % in steps of 0.1 can be had, and most between.
 */
export const targetWeightsOf = (weightPercent: number): TargetWeights => {
  if (!isWeightPercent(weightPercent)) {
    throw new UsageError(`${weightPercent} is not a weight: 0 to 100 in steps of 0.01 is`);
  }
  const basisPoints = Math.round(weightPercent * 100);
  const weights = weightsAt(basisPoints);
  if (weights) return weights;
  throw new UsageError(
    `a load balancer cannot give the candidate ${weightPercent} %, since its weights are whole numbers up to ${MAX_WEIGHT}: the nearest it can is ${nearestTo(basisPoints) / 100} %`,
  );
};

/** The candidate's share of the traffic, to 0.01 %. */
export const percentOf = ({ control, candidate }: TargetWeights): number => {
  const sum = control + candidate;
  return sum === 0 ? 0 : Math.round((candidate / sum) * 10_000) / 100;
};

/** The weights of a share in hundredths of a per cent, 0 to 10,000; `undefined` when there are none. */
const weightsAt = (basisPoints: number): TargetWeights | undefined => {
  for (const sum of ROUND_SUMS) {
    const candidate = (basisPoints * sum) / 10_000;
    const weights = { control: sum - candidate, candidate };
    if (Number.isInteger(candidate) && isPossible(weights)) return weights;
  }
  // No other fraction that is rounded to the share has a smaller weight on either side.
  const { numerator, denominator } = simplestBetween(
    { numerator: 2 * basisPoints - 1, denominator: 20_000 },
    { numerator: 2 * basisPoints + 1, denominator: 20_000 },
  );
  const weights = { control: denominator - numerator, candidate: numerator };
  return isPossible(weights) ? weights : undefined;
};

/** 0 and 10,000 can be had, so that it ends. */
const nearestTo = (basisPoints: number): number => {
  for (let away = 1; ; away++) {
    const near = [basisPoints + away, basisPoints - away].find((one) => weightsAt(one));
    if (near !== undefined) return near;
  }
};

const isPossible = ({ control, candidate }: TargetWeights): boolean =>
  control <= MAX_WEIGHT && candidate <= MAX_WEIGHT;

interface Fraction {
  readonly numerator: number;
  /** 0 for endlessly much. */
  readonly denominator: number;
}

/** The fraction with the smallest numerator and denominator between two others, by their continued fractions. */
const simplestBetween = (low: Fraction, high: Fraction): Fraction => {
  const whole = Math.floor(low.numerator / low.denominator);
  if ((whole + 1) * high.denominator < high.numerator) return { numerator: whole + 1, denominator: 1 };
  const rest = simplestBetween(restOf(high, whole), restOf(low, whole));
  return { numerator: whole * rest.numerator + rest.denominator, denominator: rest.numerator };
};

/** What is left of a fraction without its whole part, turned upside down. */
const restOf = ({ numerator, denominator }: Fraction, whole: number): Fraction => ({
  numerator: denominator,
  denominator: numerator - whole * denominator,
});
