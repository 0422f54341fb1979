import { hostname } from 'node:os';
import { UsageError } from '../../services/core/index.ts';
import { backfill } from '../backfill/backfill.ts';
import type { BackfillRun } from '../backfill/checkpoint-store.ts';
import type { MaxRejects } from '../backfill/max-rejects.ts';
import { type Beginning, openRun } from '../backfill/open-run.ts';
import { readersOf } from '../backfill/readers.ts';
import { runProgress } from '../backfill/run-progress.ts';
import { loadView, type RunView } from '../backfill/run-view.ts';
import { consumerOf, probePlanStream } from './backfill-consumer.ts';
import { finish, stopped } from './backfill-ending.ts';
import { executionsOf } from './backfill-machine.ts';
import { refuseForWorkers, workOnStepFunctions } from './backfill-on-step-functions.ts';
import { liftPause } from './backfill-orders.ts';
import { type ShownOptions, shown } from './backfill-shown.ts';
import { type ThrottleOptions, throttlesOf } from './backfill-throttles.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';

export interface RunOptions extends ThrottleOptions, ShownOptions {
  readonly restart: boolean;
  /** Refuse to begin a new run, and lift a pause. */
  readonly resumeOnly: boolean;
  /** Absent: in this process. */
  readonly on?: 'here' | 'step-functions';
  /** Extended JSON of a query. */
  readonly filter?: string;
  readonly limit?: number;
  readonly maxRejects?: MaxRejects;
}

/** `backfill run` and `backfill resume`: begins, joins or goes on with a plan's copy, to its end. */
export const runBackfill = (
  context: CommandContext,
  name: string,
  options: RunOptions,
): Promise<ExitCode> => {
  const there = options.on === 'step-functions';
  if (there) refuseForWorkers(options);
  return withPlan(context, name, async (open) => {
    if (options.resumeOnly && (await resumed(context, open))) return EXIT_CODES.ok;
    await requireConsumer(context, open);
    const executions = there ? await executionsOf(context) : undefined;
    const run = await openRun({
      checkpoints: open.checkpoints,
      clock: context.clock,
      plan: name,
      restart: options.restart,
      ...(options.resumeOnly ? { filter: 'any' } : options.filter ? { filter: options.filter } : {}),
      begin: () => begin(context, open, options.filter),
    });
    if (run) {
      return executions
        ? workOnStepFunctions({ context, open, run, executions, options })
        : work(context, open, run, options);
    }
    context.output.line(`${name} was copied before; \`--restart\` copies it again`);
    const found = await loadView(open.checkpoints, name);
    return found ? finish(context, open, found) : EXIT_CODES.ok;
  });
};

/** Whether lifting a pause was all there was to do, since somebody works on the run. */
const resumed = async (context: CommandContext, { name, checkpoints }: OpenPlan): Promise<boolean> => {
  const found = (await checkpoints.load(name))?.value;
  if (found && found.ended?.as !== 'cancelled') return liftPause(context, checkpoints, name);
  const why = found ? 'the backfill was cancelled' : 'there is no backfill to resume';
  throw new UsageError(`${name}: ${why}: begin one with \`banyan backfill run ${name}\``);
};

/** A concurrent copy reads each document once: what changes after that only the consumer brings. */
export const requireConsumer = async (
  context: CommandContext,
  { name, plan, into }: OpenPlan,
): Promise<void> => {
  if (into !== undefined) {
    context.output.line(
      `what changes from now on reaches ${into} only by a consumer of its own; \`banyan sink publish ${name}\` looks whether it did`,
    );
    return;
  }
  if (plan.protocol !== 'concurrent' || !plan.consumer) return;
  if ((await consumerOf(context, plan.consumer).startsAtSeconds()) > 0) return;
  throw new UsageError(
    `the stream consumer of ${name} has not been started, and what changes during the copy would be missed: \`banyan backfill consume ${name}\` comes first`,
    { code: 'consumer-not-started' },
  );
};

/** The probe comes before anything is read: what changes after it is replayed. */
const begin = async (
  context: CommandContext,
  { plan, sourceOf }: OpenPlan,
  filter: string | undefined,
): Promise<Beginning> => {
  const replay =
    plan.protocol === 'copy-then-replay' ? { replayFromMs: await probePlanStream(context, plan) } : {};
  const source = sourceOf(filter);
  const sourcePosition = await source.now();
  return { ...replay, sourcePosition, partitions: await source.partition(plan.partitions) };
};

const work = async (
  context: CommandContext,
  open: OpenPlan,
  run: BackfillRun,
  options: RunOptions,
): Promise<ExitCode> => {
  let view: RunView;
  try {
    view = await copy(context, open, run, options);
  } catch (thrown) {
    return stopped(context, open.name, thrown);
  }
  return finish(context, open, view);
};

const copy = (
  context: CommandContext,
  open: OpenPlan,
  run: BackfillRun,
  options: RunOptions,
): Promise<RunView> =>
  shown(context, options, async (show) => {
    const { clock } = context;
    const { throttles, onRead } = await throttlesOf(context, open.plan, options);
    const { limit, maxRejects } = options;
    return backfill({ ...open, source: open.sourceOf(run.filter), clock, throttles }, run, {
      worker: `${hostname()}:${process.pid}`,
      batchSize: open.plan.batchSize,
      readers: readersOf(open.plan),
      ...(limit === undefined ? {} : { limit }),
      ...(maxRejects === undefined ? {} : { maxRejects }),
      signal: context.interrupted,
      onRead,
      onTick: (view) => show(runProgress(view, clock.nowMs())),
    });
  });
