import { type Clock, pause } from '../../services/core/index.ts';
import type { Weights } from './weights.ts';

/** Keeps `weights` fresh until `signal` aborts; resolves then. */
export const pollWeights = async (options: {
  weights: Weights;
  clock: Clock;
  pollMs: number;
  signal: AbortSignal;
}): Promise<void> => {
  const { weights, clock, pollMs, signal } = options;
  while (!signal.aborted) {
    await weights.refresh();
    await pause(clock, pollMs, signal);
  }
};
