import type { TargetWeights } from './target-weights.ts';

/** A rule of a load balancer that shares its requests between two target groups. */
export interface WeightedRule {
  read(): Promise<TargetWeights>;
  /** Replaces the weights, whatever they were: a load balancer knows no condition. */
  write(weights: TargetWeights): Promise<void>;
}
