import { startChild } from '../child.ts';
import { place } from './contenders.ts';
import type { LoadResult } from './load.ts';
import type { LoadInput } from './load-child.ts';
import { moduleOf } from './module-of.ts';
import type { PacedInput } from './paced-child.ts';

const run = async <Result>(module: string, input: LoadInput | PacedInput): Promise<Result> => {
  const child = await startChild<number, Result>(moduleOf(module), input);
  place(child.ready, 'others');
  child.go();
  return child.result;
};

/** Loads a port with all that it can carry, from a process of its own. */
export const runLoad = (input: LoadInput): Promise<LoadResult> => run('load-child', input);

/** Loads a port at an even pace, phase by phase, from a process of its own. */
export const runPaced = (input: PacedInput): Promise<LoadResult[]> => run('paced-child', input);

const WARM_AT_PACE_MS = 10_000;

/** Warms a proxy at a pace that is new to it: V8 compiles anew what it had compiled for another one. */
export const warmAtPace = async (options: {
  port: number;
  connections: number;
  requestsPerSecond: number;
}): Promise<void> => {
  const { port, connections, requestsPerSecond } = options;
  const phases = [{ ms: WARM_AT_PACE_MS, requestsPerSecond }];
  await runPaced({ port, connections, phases, path: '/profiles/' });
};
