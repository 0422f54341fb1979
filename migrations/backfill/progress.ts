/** One partition's part of the work. */
export interface PartitionDone {
  readonly id: string;
  readonly state: 'waiting' | 'copying' | 'done';
  readonly done: number;
  /** An estimate, never below `done`. */
  readonly total: number;
}

/** How far a long piece of work is: one document behind the bars, the log lines, `--json` and the metrics. */
export interface Progress {
  readonly plan: string;
  /** `copying`, `comparing`, … */
  readonly activity: string;
  readonly done: number;
  /** An estimate, never below `done`. */
  readonly total: number;
  readonly counts: { readonly [name: string]: number };
  readonly elapsedMs: number;
  readonly perSecond: number;
  /** Absent until there is a rate. */
  readonly etaMs?: number;
  /** What slows it down at the moment, as a sentence; absent while nothing does. */
  readonly throttle?: string;
  /** How many processes work on it, where several may. */
  readonly workers?: number;
  readonly partitions?: readonly PartitionDone[];
}

export interface ProgressParts {
  readonly plan: string;
  readonly activity: string;
  readonly done: number;
  readonly estimated: number;
  readonly counts: { readonly [name: string]: number };
  /** What was done before this process began: its rate is its own. */
  readonly doneBefore: number;
  readonly startedAtMs: number;
  readonly nowMs: number;
}

export const progressOf = (parts: ProgressParts): Progress => {
  const { plan, activity, done, counts } = parts;
  const elapsedMs = Math.max(0, parts.nowMs - parts.startedAtMs);
  const perSecond = elapsedMs === 0 ? 0 : ((done - parts.doneBefore) / elapsedMs) * 1_000;
  const total = Math.max(done, parts.estimated);
  return { plan, activity, done, total, counts, elapsedMs, perSecond, ...etaOf({ done, total, perSecond }) };
};

/** When the rest will be done at this rate. */
export const etaOf = (work: { done: number; total: number; perSecond: number }): { etaMs?: number } =>
  work.perSecond > 0 ? { etaMs: ((work.total - work.done) / work.perSecond) * 1_000 } : {};
