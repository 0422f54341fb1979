import { hostname } from 'node:os';
import { UsageError } from '../../services/core/index.ts';
import { backfill } from '../backfill/backfill.ts';
import type { BackfillRun } from '../backfill/checkpoint-store.ts';
import { type Beginning, claimRun } from '../backfill/claim-run.ts';
import { countsOf, estimatedOf } from '../backfill/copy-counts.ts';
import type { HeldRun } from '../backfill/held-run.ts';
import { type Progress, progressOf } from '../backfill/progress.ts';
import { FixedRate } from '../backfill/throttle/fixed-rate.ts';
import { unthrottled } from '../backfill/throttle/throttle.ts';
import { consumerOf, probePlanStream } from './backfill-consumer.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatDuration, formatNumber } from './format.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';
import { createProgressView } from './progress-view.ts';

export interface RunOptions {
  readonly restart: boolean;
  /** Documents per second. */
  readonly maxRate?: number;
  /** Refuse to begin a new run. */
  readonly resumeOnly: boolean;
}

/** `backfill run` and `backfill resume`: begins or goes on with a plan's copy, to its end. */
export const runBackfill = (context: CommandContext, name: string, options: RunOptions): Promise<ExitCode> =>
  withPlan(context, name, async (open) => {
    if (options.resumeOnly && !(await open.checkpoints.load(name))) {
      throw new UsageError(
        `there is no backfill of ${name} to resume: begin one with \`banyan backfill run ${name}\``,
      );
    }
    await requireConsumer(context, open);
    const held = await claim(context, open, options);
    if (held) return finish(context, open, await copy(context, open, held, options));
    const found = await open.checkpoints.load(name);
    context.output.line(`${name} was copied before; \`--restart\` copies it again`);
    return found ? finish(context, open, found.value) : EXIT_CODES.ok;
  });

/** A concurrent copy reads each document once: what changes after that only the consumer brings. */
const requireConsumer = async (context: CommandContext, { name, plan }: OpenPlan): Promise<void> => {
  if (plan.protocol !== 'concurrent' || !plan.consumer) return;
  if ((await consumerOf(context, plan.consumer).startsAtSeconds()) > 0) return;
  throw new UsageError(
    `the stream consumer of ${name} has not been started, and what changes during the copy would be missed: \`banyan backfill consume ${name}\` comes first`,
    { code: 'consumer-not-started' },
  );
};

const claim = (context: CommandContext, open: OpenPlan, { restart }: RunOptions) =>
  claimRun({
    checkpoints: open.checkpoints,
    clock: context.clock,
    plan: open.name,
    owner: `${hostname()}:${process.pid}`,
    restart,
    signal: context.interrupted,
    begin: () => begin(context, open),
    onHeld: (owner, sinceMs) =>
      context.output.warn(
        `${owner} works on ${open.name} since ${new Date(sinceMs).toISOString()}: looking whether it is alive`,
      ),
  });

/** The probe comes before anything is read: what changes after it is replayed. */
const begin = async (context: CommandContext, { plan, source }: OpenPlan): Promise<Beginning> => {
  const replay =
    plan.protocol === 'copy-then-replay' ? { replayFromMs: await probePlanStream(context, plan) } : {};
  const sourcePosition = await source.now();
  return { ...replay, sourcePosition, partitions: await source.partition(plan.partitions) };
};

const copy = async (
  context: CommandContext,
  open: OpenPlan,
  held: HeldRun,
  { maxRate }: RunOptions,
): Promise<BackfillRun> => {
  const { clock, output } = context;
  const { plan } = open;
  const view = createProgressView({ output, clock });
  const startedAtMs = clock.nowMs();
  const doneBefore = countsOf(held.run).read;
  try {
    return await backfill(
      {
        ...open,
        clock,
        throttle: maxRate === undefined ? unthrottled : new FixedRate({ documentsPerSecond: maxRate, clock }),
      },
      held,
      {
        batchSize: plan.batchSize,
        concurrency: plan.concurrency,
        signal: context.interrupted,
        onAdvance: (run) => view.show(copying(run, { startedAtMs, doneBefore, nowMs: clock.nowMs() })),
      },
    );
  } catch (thrown) {
    output.warn(`stopped; ${goOn(open.name)}`);
    throw thrown;
  } finally {
    view.end();
  }
};

const copying = (
  run: BackfillRun,
  times: { startedAtMs: number; doneBefore: number; nowMs: number },
): Progress => {
  const { read: done, ...counts } = countsOf(run);
  return progressOf({
    ...times,
    plan: run.plan,
    activity: 'copying',
    done,
    estimated: estimatedOf(run),
    counts,
  });
};

const finish = async (context: CommandContext, open: OpenPlan, run: BackfillRun): Promise<ExitCode> => {
  const { output } = context;
  const counts = countsOf(run);
  const elapsedMs = (run.finishedAtMs ?? context.clock.nowMs()) - run.startedAtMs;
  const { id, plan, status, replayFromMs } = run;
  const summary = Object.entries(counts).map(([name, count]) => `${name} ${formatNumber(count)}`);
  output.result(
    { event: 'result', plan, run: id, status, ...counts, elapsedMs, replayFromMs },
    `${plan}: ${status} in ${formatDuration(elapsedMs)}; ${summary.join(', ')}`,
  );
  if (status !== 'copied') {
    output.line(goOn(plan));
    return EXIT_CODES.interrupted;
  }
  if (counts.rejected === 0 || !(await hasRejects(open))) return EXIT_CODES.ok;
  output.warn(
    `what could not be copied is in quarantine: \`banyan quarantine list ${plan}\` shows why, \`banyan backfill retry-rejects ${plan}\` tries again`,
  );
  return EXIT_CODES.rejects;
};

const hasRejects = async ({ quarantine, name }: OpenPlan): Promise<boolean> => {
  for await (const _ of quarantine.list(name)) return true;
  return false;
};

const goOn = (plan: string): string => `go on with \`banyan backfill resume ${plan}\``;
