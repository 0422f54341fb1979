import { startChild } from '../child.ts';
import { place } from './contenders.ts';
import type { LoadInput, LoadResult } from './load-child.ts';
import { moduleOf } from './module-of.ts';

/** Loads a port from a process of its own. */
export const runLoad = async (input: LoadInput): Promise<LoadResult> => {
  const child = await startChild<number, LoadResult>(moduleOf('load-child'), input);
  place(child.ready, 'others');
  child.go();
  return child.result;
};
