import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What a bench ran on. */
export interface Machine {
  readonly processors: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  /** Over the minute before the bench began: others at work blur every figure but the ratios. */
  readonly loadBefore: number;
}

export const describeMachine = (): Machine => ({
  processors: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  memoryGib: Math.round(totalmem() / 1024 ** 3),
  system: `${type()} ${release()}`,
  node: process.version,
  loadBefore: loadavg()[0] ?? Number.NaN,
});
