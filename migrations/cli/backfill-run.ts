import { hostname } from 'node:os';
import { UsageError } from '../../services/core/index.ts';
import { backfill } from '../backfill/backfill.ts';
import type { BackfillRun } from '../backfill/checkpoint-store.ts';
import { type MaxRejects, TooManyRejectsError } from '../backfill/max-rejects.ts';
import { type Beginning, openRun } from '../backfill/open-run.ts';
import type { Progress } from '../backfill/progress.ts';
import { readersOf } from '../backfill/readers.ts';
import { runProgress } from '../backfill/run-progress.ts';
import { countsOf, loadView, type RunView, statusOf } from '../backfill/run-view.ts';
import type { SfnExecutions } from '../backfill/step-functions/sfn-executions.ts';
import { consumerOf, probePlanStream } from './backfill-consumer.ts';
import { executionsOf } from './backfill-machine.ts';
import { BackfillMetrics } from './backfill-metrics.ts';
import { copyOnStepFunctions, refuseForWorkers } from './backfill-on-step-functions.ts';
import { liftPause } from './backfill-orders.ts';
import { type ThrottleOptions, throttlesOf } from './backfill-throttles.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatDuration, formatNumber } from './format.ts';
import { serveMetrics } from './metrics-server.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';
import { createProgressView } from './progress-view.ts';

export interface RunOptions extends ThrottleOptions {
  readonly restart: boolean;
  /** Refuse to begin a new run, and lift a pause. */
  readonly resumeOnly: boolean;
  /** Absent: in this process. */
  readonly on?: 'here' | 'step-functions';
  /** Extended JSON of a query. */
  readonly filter?: string;
  readonly limit?: number;
  readonly maxRejects?: MaxRejects;
  /** Absent: no metrics. On loopback; 0 takes a free one. */
  readonly metricsPort?: number;
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
    if (run) return work(context, open, run, { ...options, executions });
    context.output.line(`${name} was copied before; \`--restart\` copies it again`);
    const found = await loadView(open.checkpoints, name);
    return found ? finish(context, open, found) : EXIT_CODES.ok;
  });
};

interface WorkOptions extends RunOptions {
  /** Absent: this process works on the run. */
  readonly executions: SfnExecutions | undefined;
}

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
  options: WorkOptions,
): Promise<ExitCode> => {
  try {
    const view = await copy(context, open, run, options);
    return view ? await finish(context, open, view) : EXIT_CODES.interrupted;
  } catch (thrown) {
    context.output.warn(`stopped; ${goOn(open.name)}${options.executions ? ONWARD : ''}`);
    if (!(thrown instanceof TooManyRejectsError)) throw thrown;
    context.output.warn(thrown.message);
    warnOfRejects(context, open.name);
    return EXIT_CODES.rejects;
  }
};

const copy = async (
  context: CommandContext,
  open: OpenPlan,
  run: BackfillRun,
  options: WorkOptions,
): Promise<RunView | undefined> => {
  const { clock, output } = context;
  const { executions, metricsPort } = options;
  const view = createProgressView({ output, clock });
  const metrics = new BackfillMetrics();
  if (metricsPort !== undefined) {
    const served = await serveMetrics({ registry: metrics.registry, port: metricsPort });
    context.onClose(served.close);
    output.result({ event: 'metrics', address: served.address }, `metrics on ${served.address}/metrics`);
  }
  const show = (progress: Progress): void => {
    view.show(progress);
    metrics.show(progress);
  };
  try {
    if (executions) return await copyOnStepFunctions({ context, open, run, executions, options, show });
    return await copyHere(context, open, run, { ...options, show });
  } finally {
    view.end();
  }
};

const copyHere = async (
  context: CommandContext,
  open: OpenPlan,
  run: BackfillRun,
  options: RunOptions & { show(progress: Progress): void },
): Promise<RunView> => {
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
    onTick: (view) => options.show(runProgress(view, clock.nowMs())),
  });
};

const finish = async (context: CommandContext, open: OpenPlan, view: RunView): Promise<ExitCode> => {
  const { output, clock, interrupted } = context;
  const counts = countsOf(view);
  const { id, plan, startedAtMs, replayFromMs, ended } = view.run;
  const status = ended?.as ?? 'stopped';
  const elapsedMs = (ended?.atMs ?? clock.nowMs()) - startedAtMs;
  const summary = Object.entries(counts).map(([name, count]) => `${name} ${formatNumber(count)}`);
  output.result(
    { event: 'result', plan, run: id, status, ...counts, elapsedMs, replayFromMs },
    `${plan}: ${status} in ${formatDuration(elapsedMs)}; ${summary.join(', ')}`,
  );
  if (status === 'cancelled') return EXIT_CODES.interrupted;
  if (status === 'stopped') {
    output.line(statusOf(view) === 'stopped' ? goOn(plan) : 'others go on with it');
    if (interrupted.aborted) return EXIT_CODES.interrupted;
  }
  if (counts.rejected === 0 || !(await hasRejects(open))) return EXIT_CODES.ok;
  warnOfRejects(context, plan);
  return EXIT_CODES.rejects;
};

const warnOfRejects = ({ output }: CommandContext, plan: string): void =>
  output.warn(
    `what could not be copied is in quarantine: \`banyan quarantine list ${plan}\` shows why, \`banyan backfill retry-rejects ${plan}\` tries again`,
  );

const hasRejects = async ({ quarantine, name }: OpenPlan): Promise<boolean> => {
  for await (const _ of quarantine.list(name)) return true;
  return false;
};

/** Where the workers were, others can go on. */
const ONWARD = ', with or without `--on step-functions`';

const goOn = (plan: string): string => `go on with \`banyan backfill resume ${plan}\``;
