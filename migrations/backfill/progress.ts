/** How far a long piece of work is: one document behind the bar, the log lines and `--json`. */
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
  return {
    plan,
    activity,
    done,
    total,
    counts,
    elapsedMs,
    perSecond,
    ...(perSecond > 0 ? { etaMs: ((total - done) / perSecond) * 1_000 } : {}),
  };
};
