import { randomBytes } from 'node:crypto';
import { type Clock, UsageError } from '../../services/core/index.ts';
import { RevisionConflictError, type Revisioned } from '../../services/store/control-store.ts';
import type { BackfillRun, CheckpointStore } from './checkpoint-store.ts';
import { NO_COUNTS } from './copy-counts.ts';
import { HeldRun } from './held-run.ts';
import type { Partition } from './source.ts';

/**
 * An owner that has not saved for so long is dead: a living one saves every second. Measured by the clock of
 * whoever looks, so that no two clocks need to agree.
 */
const OWNER_SILENT_MS = 10_000;
const LOOK_EVERY_MS = 250;

/** What a new run starts from, measured once. */
export interface Beginning {
  readonly sourcePosition: string;
  readonly replayFromMs?: number;
  readonly partitions: readonly Partition[];
}

export interface ClaimOptions {
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly plan: string;
  /** Required. This process, for people: `host:pid`. */
  readonly owner: string;
  /** Required. Begin a new run although there is one. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  /** Required. Called when there is no run to go on with. */
  begin(): Promise<Beginning>;
  /** Required. Called when somebody holds the run, while it is found out whether they are alive. */
  onHeld(owner: string, sinceMs: number): void;
}

type Decision = 'begin' | 'continue' | 'copied';

/** What `backfill run` does about the newest run of its plan. */
const decideRun = (run: BackfillRun | undefined, restart: boolean): Decision => {
  if (!run || restart) return 'begin';
  return run.status === 'copied' ? 'copied' : 'continue';
};

/**
 * Takes the plan's run for this process: the unfinished one, or a new one. Answers `undefined` when everything
 * is copied already.
 * @throws UsageError `already-running` when another process is at work on it.
 */
export const claimRun = async (options: ClaimOptions): Promise<HeldRun | undefined> => {
  const { checkpoints, clock, plan, restart } = options;
  const found = await releasedRun(options);
  const decision = decideRun(found?.value, restart);
  if (decision === 'copied') return undefined;
  const owner = { name: options.owner, sinceMs: clock.nowMs() };
  const run: BackfillRun =
    found && decision === 'continue'
      ? { ...found.value, status: 'running', owner }
      : { ...newRun(plan, clock.nowMs(), await options.begin()), owner };
  try {
    const revision = await checkpoints.save(run, found?.revision ?? 0);
    return new HeldRun({ checkpoints, run, revision });
  } catch (thrown) {
    if (!(thrown instanceof RevisionConflictError)) throw thrown;
    const winner = await checkpoints.load(plan);
    throw alreadyRunning(plan, winner?.value, thrown);
  }
};

/** The newest run, once nobody works on it. */
const releasedRun = async (options: ClaimOptions): Promise<Revisioned<BackfillRun> | undefined> => {
  const { checkpoints, clock, plan } = options;
  const found = await checkpoints.load(plan);
  if (!found?.value.owner) return found;
  options.onHeld(found.value.owner.name, found.value.owner.sinceMs);
  const silentAtMs = clock.nowMs() + OWNER_SILENT_MS;
  while (clock.nowMs() < silentAtMs) {
    await clock.sleep(LOOK_EVERY_MS, options.signal);
    const current = await checkpoints.load(plan);
    if (!current?.value.owner) return current;
    if (current.revision !== found.revision) throw alreadyRunning(plan, current.value);
  }
  return found;
};

const newRun = (plan: string, startedAtMs: number, beginning: Beginning): BackfillRun => ({
  id: `${new Date(startedAtMs).toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`,
  plan,
  status: 'running',
  startedAtMs,
  sourcePosition: beginning.sourcePosition,
  ...(beginning.replayFromMs === undefined ? {} : { replayFromMs: beginning.replayFromMs }),
  partitions: beginning.partitions.map((partition) => ({
    partition,
    position: null,
    done: false,
    ...NO_COUNTS,
  })),
});

const alreadyRunning = (plan: string, run: BackfillRun | undefined, cause?: unknown): UsageError => {
  const { name = 'another process', sinceMs = run?.startedAtMs ?? 0 } = run?.owner ?? {};
  return new UsageError(
    `the backfill of ${plan} is already running: ${name}, since ${new Date(sinceMs).toISOString()}. \`banyan backfill status ${plan}\` shows how far it is`,
    { code: 'already-running', cause },
  );
};
