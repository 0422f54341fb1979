import { type Clock, pause } from '../../services/core/index.ts';

/** Keeps what operators set fresh until `signal` aborts; resolves then. */
export const pollWeights = async (options: {
  weights: { refresh(): Promise<void> };
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
