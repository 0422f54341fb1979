import { UsageError } from '../../services/core/index.ts';
import type { Protocol } from '../moves/plan.ts';
import type { BackfillRun } from './checkpoint-store.ts';

/** The stream consumer of a plan, as deployed: it does not exist until it is told from when on to read. */
export interface ConsumerSwitch {
  /** From when on it reads, in Unix seconds; 0 while it does not exist. */
  startsAtSeconds(): Promise<number>;
  /** Makes it exist; resolves once it does. */
  startAt(seconds: number): Promise<void>;
}

/** The stream's clock and ours may differ a little; records that are read twice change nothing (law 4). */
const CLOCK_MARGIN_MS = 60_000;
const RETENTION_MARGIN_MS = 3_600_000;

export interface StartQuestion {
  readonly plan: string;
  readonly protocol: Protocol;
  /** The plan's newest run. */
  readonly run: BackfillRun | undefined;
  /** What the consumer answers now. */
  readonly startsAtSeconds: number;
  readonly nowMs: number;
  /** How long the stream keeps records. */
  readonly retentionMs: number;
}

export type StartDecision =
  | { readonly action: 'start'; readonly atSeconds: number }
  | { readonly action: 'none'; readonly sinceSeconds: number };

/**
 * From when on a plan's consumer must read so that no change is missed: a concurrent plan's from now, before the
 * copy begins; after a copy, from the moment the copy began, as long as the stream still has what came since.
 * @throws UsageError when starting it now would lose changes, with what to do instead.
 */
export const decideStart = (question: StartQuestion): StartDecision => {
  const { startsAtSeconds, nowMs } = question;
  if (question.protocol === 'concurrent') {
    if (startsAtSeconds > 0) return { action: 'none', sinceSeconds: startsAtSeconds };
    return { action: 'start', atSeconds: secondsBefore(nowMs) };
  }
  const fromMs = replayFrom(question);
  if (startsAtSeconds === 0) {
    refuseExpired(question, fromMs);
    return { action: 'start', atSeconds: secondsBefore(fromMs) };
  }
  if (startsAtSeconds * 1_000 <= fromMs) return { action: 'none', sinceSeconds: startsAtSeconds };
  throw new UsageError(
    `the consumer of ${question.plan} reads from ${iso(startsAtSeconds * 1_000)} on, but the copy began at ${iso(fromMs)}: what changed in between is missing. ${again(question.plan)}`,
    { code: 'consumer-too-late' },
  );
};

const replayFrom = ({ plan, run }: StartQuestion): number => {
  if (run?.ended?.as !== 'copied' || run.replayFromMs === undefined) {
    throw new UsageError(
      `${plan} copies first and replays the stream afterwards, and its copy is not finished: \`banyan backfill run ${plan}\` comes first`,
      { code: 'not-copied' },
    );
  }
  if (run.filter) {
    throw new UsageError(
      `the newest copy of ${plan} is of ${run.filter} alone: \`banyan backfill run ${plan} --restart\` copies everything`,
      { code: 'not-copied' },
    );
  }
  return run.replayFromMs;
};

const refuseExpired = ({ plan, nowMs, retentionMs }: StartQuestion, fromMs: number): void => {
  const marginMs = Math.min(RETENTION_MARGIN_MS, retentionMs / 10);
  if (nowMs - fromMs < retentionMs - marginMs) return;
  throw new UsageError(
    `the copy of ${plan} began at ${iso(fromMs)}, and the stream keeps records for ${hours(retentionMs)} h: what changed since then may be gone from it. ${again(plan)}`,
    { code: 'retention-exceeded' },
  );
};

const again = (plan: string): string =>
  `Copy again with \`banyan backfill run ${plan} --restart\`, and start the consumer right afterwards`;

const secondsBefore = (ms: number): number => Math.floor((ms - CLOCK_MARGIN_MS) / 1_000);
const iso = (ms: number): string => new Date(ms).toISOString();
const hours = (ms: number): number => Math.round(ms / 360_000) / 10;
