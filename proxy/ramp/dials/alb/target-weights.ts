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
const ALL_SUMS = Array.from({ length: 2 * MAX_WEIGHT }, (_, at) => at + 1);

/**
 * The weights that share traffic as `weightPercent` says, to 0.01 %.
 * @throws UsageError for a weight that is none, and for one that whole numbers up to 999 do not give, with the nearest
 * that they do: all of 0.1 to 99.9 % in steps of 0.1 can be had, and most between.
 */
export const targetWeightsOf = (weightPercent: number): TargetWeights => {
  if (!isWeightPercent(weightPercent)) {
    throw new UsageError(`${weightPercent} is not a weight: 0 to 100 in steps of 0.01 is`);
  }
  const distance = (weights: TargetWeights) => Math.abs(percentOf(weights) - weightPercent);
  const possible = [...ROUND_SUMS, ...ALL_SUMS]
    .map((sum) => sharedOut(weightPercent, sum))
    .filter(isPossible);
  const nearest = possible.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  if (percentOf(nearest) === weightPercent) return nearest;
  throw new UsageError(
    `a load balancer cannot give the candidate ${weightPercent} %, since its weights are whole numbers up to ${MAX_WEIGHT}: the nearest it can is ${percentOf(nearest)} %`,
  );
};

/** The candidate's share of the traffic, to 0.01 %. */
export const percentOf = ({ control, candidate }: TargetWeights): number => {
  const sum = control + candidate;
  return sum === 0 ? 0 : Math.round((candidate / sum) * 10_000) / 100;
};

const sharedOut = (weightPercent: number, sum: number): TargetWeights => {
  const candidate = Math.round((weightPercent * sum) / 100);
  return { control: sum - candidate, candidate };
};

const isPossible = ({ control, candidate }: TargetWeights): boolean =>
  control <= MAX_WEIGHT && candidate <= MAX_WEIGHT;
