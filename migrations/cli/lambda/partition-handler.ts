import { BanyanError, type Clock, messageOf, UsageError } from '../../../services/core/index.ts';
import { backfill } from '../../backfill/backfill.ts';
import type { BackfillRun } from '../../backfill/checkpoint-store.ts';
import type { RunView } from '../../backfill/run-view.ts';
import { workerErrorName } from '../../backfill/step-functions/explain-failure.ts';
import {
  type HandedBack,
  type PartitionTask,
  partitionTaskSchema,
} from '../../backfill/step-functions/partition-task.ts';
import { throttlesOf } from '../backfill-throttles.ts';
import { type Config, type ConfigInput, type Environment, parseConfig, partOf } from '../config.ts';
import { type CommandContext, createContext } from '../context.ts';
import { engineErrorOf } from '../engine-errors.ts';
import { redact } from '../failures.ts';
import { type OpenPlan, withPlan } from '../open-plan.ts';
import { beforeDeadline } from './deadline.ts';

/** What a worker reads of Lambda's context. */
export interface Invocation {
  readonly functionName: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export interface PartitionHandlerOptions {
  /** Required. What `banyan.config.ts` exports. */
  readonly config: (env: Environment) => ConfigInput;
  /** Required. What the configuration reads of its environment, secrets included; called once an invocation. */
  readonly environment: () => Promise<Environment>;
  readonly clock: Clock;
  readonly logger: WorkerLogger;
}

export interface WorkerLogger {
  info(message: string, details: { readonly [detail: string]: string | number }): void;
  warn(message: string): void;
}

/**
 * A worker of a backfill as a Lambda handler: it copies what is left of one partition, as any other worker of the
 * run, until that is done or its time is nearly over, and hands back how far it came. Nothing is kept between
 * invocations.
 * @throws Error by whose name Step Functions tells what may pass, with a sentence and without secrets.
 */
export const partitionHandler =
  (options: PartitionHandlerOptions) =>
  async (event: unknown, invocation: Invocation): Promise<HandedBack> => {
    try {
      const task = partitionTaskSchema.parse(event);
      const handedBack = await beforeDeadline(
        { clock: options.clock, remainingMs: invocation.getRemainingTimeInMillis() },
        (signal) => copyUntil(options, task, { worker: workerOf(invocation), signal }),
      );
      const { plan, run, partition, state, counts } = handedBack;
      options.logger.info('handed back', { plan, run, partition, state, ...counts });
      return handedBack;
    } catch (thrown) {
      throw errorOf(thrown);
    }
  };

const workerOf = ({ functionName, awsRequestId }: Invocation): string =>
  `${functionName}:${awsRequestId.slice(0, 8)}`;

const copyUntil = async (
  options: PartitionHandlerOptions,
  task: PartitionTask,
  work: { readonly worker: string; readonly signal: AbortSignal },
): Promise<HandedBack> => {
  const context = createContext({
    config: async () => configOf(options.config(await options.environment())),
    output: { json: true, interactive: false, line() {}, result() {}, warn: options.logger.warn },
    interrupted: work.signal,
  });
  try {
    return await withPlan(context, task.plan, async (open) =>
      handBack(task, await copy(context, open, task, work.worker)),
    );
  } finally {
    await context.close();
  }
};

/** A folder of a function is gone with it. */
const configOf = (input: ConfigInput): Config => {
  const config = parseConfig(input, 'the configuration, as the workers read it,');
  if ('bucket' in partOf(config, 'quarantine')) return config;
  throw new UsageError(
    'workers on Step Functions keep what is rejected in S3: `quarantine` must name a bucket',
  );
};

const copy = async (
  context: CommandContext,
  open: OpenPlan,
  { settings, ...task }: PartitionTask,
  worker: string,
): Promise<RunView> => {
  const { clock, interrupted } = context;
  const run = await runOf(open, task.run);
  const { maxRejects, maxStreamLagMs } = settings;
  const stream = maxStreamLagMs === undefined ? {} : { maxStreamLagMs };
  const { throttles, onRead } = await throttlesOf(context, open.plan, stream);
  return backfill({ ...open, source: open.sourceOf(run.filter), clock, throttles }, run, {
    worker,
    batchSize: open.plan.batchSize,
    readers: 1,
    partition: task.partition,
    ...(maxRejects === undefined ? {} : { maxRejects }),
    signal: interrupted,
    onRead,
    onTick() {},
  });
};

const runOf = async ({ checkpoints, name }: OpenPlan, id: string): Promise<BackfillRun> => {
  const run = (await checkpoints.load(name))?.value;
  if (run?.id === id) return run;
  throw new BanyanError('run-replaced', `the run ${id} of ${name} is over: another was begun`);
};

const handBack = (task: PartitionTask, { run, partitions }: RunView): HandedBack => {
  const found = partitions[task.partition];
  if (!found) {
    throw new BanyanError('no-such-partition', `the run ${run.id} has no partition ${task.partition}`);
  }
  const { position, done, read, written, stale, rejected } = found;
  const cancelled = run.ended?.as === 'cancelled';
  return {
    ...task,
    state: done ? 'finished' : cancelled ? 'cancelled' : 'unfinished',
    position,
    counts: { read, written, stale, rejected },
  };
};

const errorOf = (thrown: unknown): Error => {
  const known = engineErrorOf(thrown) ?? thrown;
  const error = new Error(redact(messageOf(known)), { cause: thrown });
  error.name = workerErrorName(known);
  // Lambda logs the stack, and where it came from is what counts.
  if (thrown instanceof Error) error.stack = redact(thrown.stack ?? '');
  return error;
};
