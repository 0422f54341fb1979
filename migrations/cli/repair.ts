import { type Command, InvalidArgumentError } from 'commander';
import type { Run } from './command.ts';
import type { RepairFlags } from './repair-run.ts';
import { addComparisonOptions } from './verify.ts';

const SETTLE_MS = 60_000;

/** Adds `banyan repair PLAN`. */
export const addRepair = (program: Command, run: Run): void => {
  const command = program
    .command('repair <plan>')
    .description('Mend what is wrong in the sink, and verify that it is right afterwards.')
    .option(
      '--report <file>',
      'the keys that `banyan verify --report` found; else it verifies first, by checksums',
    )
    .option('--rate <keys>', 'how many keys are mended in a second, at most', rateOf, 50)
    .option('--dry-run', 'say what would be mended, and write nothing', false)
    .option(
      '--through-sink',
      'write to the sink instead of the source: mends what the sink lacks or has in an older version',
      false,
    );
  addComparisonOptions(command, { settleMs: SETTLE_MS })
    .addHelpText(
      'after',
      `
A key is mended by touching it at the source: its document gets a version above that of source and sink, and an event
goes out as for any other change; for a key that the source has not, a tombstone. Relay and consumer have to run, and
are given --settle-ms. The same command resumes a repair that was stopped: what agrees by then is left alone.

Where the source may not be written, --through-sink writes what the source says under the same law as everybody: never
over the same or a higher version. What that leaves is named; a fresh sink mends it: \`banyan backfill run PLAN@SINK\` fills
one of another name, \`banyan verify PLAN@SINK\` compares it, \`banyan sink publish PLAN@SINK\` shows it to readers.

Ends with 0 when all agree, 5 when something differs still (or, with --dry-run, would be mended), 6 when it cannot tell.`,
    )
    .action((plan: string, flags: RepairFlags) =>
      run(async (context) => (await import('./repair-run.ts')).repairPlan(context, plan, flags)),
    );
};

const rateOf = (text: string): number => {
  const value = Number(text);
  if (value > 0 && value <= 10_000) return value;
  throw new InvalidArgumentError('a number of keys above 0, up to 10000');
};
