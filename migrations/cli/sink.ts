import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './command.ts';

/** As long as a tombstone in DynamoDB lives by default. */
const TOMBSTONE_DAYS = 30;

/** Adds `banyan sink publish|purge`. */
export const addSink: AddCommand = (program, run) => {
  const group = program
    .command('sink')
    .description("What is done to a plan's sink as a whole, where the sink does not do it by itself.");
  group
    .command('publish <plan>')
    .description(
      'Show readers this sink, and no longer the one before it, in one step: once a fresh one was filled and verified.',
    )
    .action((plan: string) =>
      run(async (context) => (await import('./sink-run.ts')).publishSink(context, plan)),
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

const wholeDays = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('a whole number of days, 1 or more');
};
