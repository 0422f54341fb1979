import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './command.ts';
import type { PublishFlags } from './sink-publish.ts';
import { addComparisonOptions, SETTLE_MS } from './verify.ts';

/** As long as a tombstone in DynamoDB lives by default. */
const TOMBSTONE_DAYS = 30;

/** Adds `banyan sink publish|purge`. */
export const addSink: AddCommand = (program, run) => {
  const group = program
    .command('sink')
    .description("What is done to a plan's sink as a whole, where the sink does not do it by itself.");
  const publish = group
    .command('publish <plan>')
    .description(
      'Show readers this sink, and no longer the one before it, in one step: once a fresh one was filled and verified.',
    )
    .option('--idle', 'nobody writes to the source: no stream has to reach the fresh sink', false)
    .option('--with-rejects', 'what is in quarantine may be missing in the fresh sink', false);
  addComparisonOptions(publish, { settleMs: SETTLE_MS })
    .addHelpText('after', FRESH)
    .action((plan: string, flags: PublishFlags) =>
      run(async (context) => (await import('./sink-publish.ts')).publish(context, plan, flags)),
    );
  group
    .command('purge <plan>')
    .description(
      'Remove old tombstones for good. Never those that are younger than what may still arrive: the stream keeps its records that long, and the longest backfill takes that long.',
    )
    .option('--older-than-days <days>', 'how old they are at least', wholeDays, TOMBSTONE_DAYS)
    .action((plan: string, { olderThanDays }: { olderThanDays: number }) =>
      run(async (context) => (await import('./sink-run.ts')).purgeSink(context, plan, olderThanDays)),
    );
};

const FRESH = `
PLAN is the sink that the plan fills at present, PLAN@SINK a fresh one of another name. A fresh one is published only
once its copy is finished, all of it is equal to the source, and it holds a change that came after the copy: which proves
that its own consumer feeds it. Where readers find a sink by its own name, all of this is checked, and nothing more done.

Ends with 0 when it is published, 4 when documents are in quarantine, 5 when it differs, 6 when nobody can tell.`;

const wholeDays = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('a whole number of days, 1 or more');
};
