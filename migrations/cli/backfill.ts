import { type Command, InvalidArgumentError, Option } from 'commander';
import { messageOf, UsageError } from '../../services/core/index.ts';
import { parseMaxRejects } from '../backfill/max-rejects.ts';
import { parseFilter } from '../backfill/sources/parse-filter.ts';
import { parseBatchesAtOnce } from '../backfill/throttle/batches-at-once.ts';
import { parseRate } from '../backfill/throttle/rate.ts';
import { parseTimeWindow, type TimeWindow } from '../backfill/throttle/time-windows.ts';
import { startConsumer } from './backfill-consume.ts';
import { dryRun } from './backfill-dry-run.ts';
import { order, showHistory } from './backfill-orders.ts';
import { type PlanOptions, showPlan } from './backfill-plan.ts';
import { type RunOptions, runBackfill } from './backfill-run.ts';
import { rehearsePlan } from './backfill-sample.ts';
import { showStatus } from './backfill-status.ts';
import type { Run } from './command.ts';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { withPlan } from './open-plan.ts';
import { parsePort } from './parse-port.ts';
import { replayEntries } from './replay-entries.ts';

interface RunFlags extends Partial<Omit<RunOptions, 'resumeOnly'>> {
  readonly dryRun?: boolean;
  readonly to?: string;
  readonly sample?: number;
}

/** A run, a run that writes nothing, or a rehearsal. */
const runOne = (context: CommandContext, plan: string, flags: RunFlags): Promise<ExitCode> => {
  const { dryRun: dry, to, sample, ...given } = flags;
  if (given.on === 'step-functions' && (dry || sample !== undefined))
    throw new UsageError('--dry-run and --sample are done here: leave out --on step-functions');
  const options = { restart: false, ...given, resumeOnly: false };
  if (sample !== undefined && (dry || to !== undefined))
    throw new UsageError('a rehearsal (--sample) writes to the sink, a dry run does not: choose one');
  if (to !== undefined && !dry)
    throw new UsageError("--to is for --dry-run: a copy goes into the plan's own sink");
  if (sample !== undefined) {
    const { filter } = options;
    return rehearsePlan(context, plan, { documents: sample, ...(filter === undefined ? {} : { filter }) });
  }
  if (!dry) return runBackfill(context, plan, options);
  return dryRun(context, plan, { ...options, ...(to === undefined ? {} : { to }) });
};

/** Adds `banyan backfill …`. */
export const addBackfill = (program: Command, run: Run): void => {
  const group = program.command('backfill').description("Copy what existed before into a plan's sink.");
  addWork(group, run);
  addOrders(group, run);
  group
    .command('consume <plan>')
    .description(
      "Start the plan's stream consumer: for a concurrent plan before the copy, from now on; for one that copies and then replays after it, from where the copy began.",
    )
    .action((plan: string) => run((context) => startConsumer(context, plan)));
  group
    .command('retry-rejects <plan>')
    .description('Read rejected documents again at the source, and copy those that can be copied now.')
    .action((plan: string) =>
      run((context) => withPlan(context, plan, (open) => replayEntries(context, open, [plan]))),
    );
};

const addWork = (group: Command, run: Run): void => {
  group
    .command('plan <plan>')
    .description(
      'Say what a copy would do: counts, partitions, time, cost, and what limits it. Writes nothing anywhere.',
    )
    .option('--filter <query>', 'of what matches this MongoDB query, in extended JSON', argument(parseFilter))
    .action((plan: string, options: PlanOptions) => run((context) => showPlan(context, plan, options)));
  const work = (name: string, description: string) =>
    group
      .command(`${name} <plan>`)
      .description(description)
      .option(
        '--max-rate <rate>',
        'at most so much a second by this process: 500 documents, 5MB, 200wu (write units)',
        argument(parseRate),
      )
      .option('--only-between <hours>', 'write only then, in UTC: 22:00-06:00; may be repeated', windows, [])
      .option('--max-stream-lag-ms <n>', 'wait while the stream is further behind', positive)
      .option('--metrics-port <port>', 'metrics for Prometheus on 127.0.0.1; 0 takes a free port', parsePort)
      .option('--limit <n>', 'stop after so many documents', whole)
      .option(
        '--max-rejects <n>',
        'stop when more documents are rejected: 20, or 0.5%',
        argument(parseMaxRejects),
      )
      .addOption(
        new Option(
          '--on <where>',
          'here, in this process; or step-functions, by the workers of the deployed state machine, which this command starts or joins, and watches: Ctrl-C ends the watching alone',
        )
          .choices(['here', 'step-functions'])
          .default('here'),
      );
  work('run', 'Copy; joins or goes on with an unfinished run. Ctrl-C stops it after the batches under way.')
    .option('--restart', 'begin a new run although there is one', false)
    .option(
      '--filter <query>',
      'copy only what matches this MongoDB query, in extended JSON',
      argument(parseFilter),
    )
    .option(
      '--dry-run',
      'everything but the write: what would be rejected, and what the transform drops',
      false,
    )
    .option('--to <file>', 'with --dry-run: write what the sink would be sent to this file, as JSON Lines')
    .option(
      '--sample <n>',
      'rehearse on so many documents from all over the source, into the sink, and verify them',
      whole,
    )
    .action((plan: string, flags: RunFlags) => run((context) => runOne(context, plan, flags)));
  work(
    'resume',
    'Lift a pause; and unless somebody is at work, go on with a run that was stopped or killed, from its last checkpoint.',
  ).action((plan: string, flags: RunFlags) =>
    run((context) => runBackfill(context, plan, { ...flags, restart: false, resumeOnly: true })),
  );
  group
    .command('status <plan>')
    .description('Show the newest run, as those who work on it saved it last.')
    .action((plan: string) => run((context) => showStatus(context, plan)));
};

const addOrders = (group: Command, run: Run): void => {
  group
    .command('pause <plan>')
    .description('Let everybody who works on the run wait, until `resume`.')
    .action((plan: string) => run((context) => order(context, plan, { action: 'pause' })));
  group
    .command('throttle <plan> <rate>')
    .description('At most so much a second over all who work on the run: 500, 5MB, 200wu, or off.')
    .action((plan: string, text: string) =>
      run((context) =>
        order(context, plan, { action: 'throttle', ...(text === 'off' ? {} : { rate: parseRate(text) }) }),
      ),
    );
  group
    .command('concurrency <plan> <batches>')
    .description(
      'How many batches each worker writes at once: 8, or between 2-32, or off for what the plan says.',
    )
    .action((plan: string, text: string) =>
      run((context) =>
        order(context, plan, {
          action: 'concurrency',
          ...(text === 'off' ? {} : { range: parseBatchesAtOnce(text) }),
        }),
      ),
    );
  group
    .command('cancel <plan>')
    .description('End the run for good; what was copied stays, and the next `run` begins anew.')
    .action((plan: string) => run((context) => order(context, plan, { action: 'cancel' })));
  group
    .command('history <plan>')
    .description('Show what was ordered, by whom and when; the newest first.')
    .action((plan: string) => run((context) => showHistory(context, plan)));
};

/** A value that the command line refuses with the parser's own sentence. */
const argument =
  <T>(parse: (text: string) => T) =>
  (text: string): T => {
    try {
      return parse(text);
    } catch (thrown) {
      throw new InvalidArgumentError(messageOf(thrown));
    }
  };

const windows = (text: string, before: readonly TimeWindow[]): TimeWindow[] => [
  ...before,
  argument(parseTimeWindow)(text),
];

const positive = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('a number above 0');
};

const whole = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('a whole number above 0');
};
