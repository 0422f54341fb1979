import type { TargetWeights } from './target-weights.ts';
import type { WeightedRule } from './weighted-rule.ts';

/** A rule that shares nobody's requests. */
export class MemoryWeightedRule implements WeightedRule {
  #weights: TargetWeights = { control: 100, candidate: 0 };

  async read(): Promise<TargetWeights> {
    return this.#weights;
  }

  async write(weights: TargetWeights): Promise<void> {
    this.#weights = weights;
  }
}
