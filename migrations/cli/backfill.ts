import { type Command, InvalidArgumentError } from 'commander';
import { startConsumer } from './backfill-consume.ts';
import { runBackfill } from './backfill-run.ts';
import { showStatus } from './backfill-status.ts';
import type { Run } from './command.ts';
import { withPlan } from './open-plan.ts';
import { replayEntries } from './replay-entries.ts';

interface RunFlags {
  readonly restart?: boolean;
  readonly maxRate?: number;
}

/** Adds `banyan backfill run|resume|status|consume|retry-rejects PLAN`. */
export const addBackfill = (program: Command, run: Run): void => {
  const group = program.command('backfill').description("Copy what existed before into a plan's sink.");
  group
    .command('run <plan>')
    .description('Copy; goes on with an unfinished run. Ctrl-C stops it after the batches under way.')
    .option('--restart', 'begin a new run although there is one', false)
    .option('--max-rate <n>', 'at most so many documents a second', documentsPerSecond)
    .action((plan: string, { restart = false, maxRate }: RunFlags) =>
      run((context) => runBackfill(context, plan, { restart, resumeOnly: false, ...rate(maxRate) })),
    );
  group
    .command('resume <plan>')
    .description('Go on with a run that was stopped or killed, from its last checkpoint.')
    .option('--max-rate <n>', 'at most so many documents a second', documentsPerSecond)
    .action((plan: string, { maxRate }: RunFlags) =>
      run((context) => runBackfill(context, plan, { restart: false, resumeOnly: true, ...rate(maxRate) })),
    );
  group
    .command('status <plan>')
    .description('Show the newest run, as its last checkpoint says.')
    .action((plan: string) => run((context) => showStatus(context, plan)));
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

const documentsPerSecond = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('a number of documents per second, above 0');
};

const rate = (maxRate: number | undefined) => (maxRate === undefined ? {} : { maxRate });
