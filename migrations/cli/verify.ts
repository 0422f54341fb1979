import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Run } from './command.ts';
import type { VerifyFlags } from './verify-run.ts';

/** How long a difference may take to settle, unless a person says otherwise. */
export const SETTLE_MS = 10_000;

/** Adds `banyan verify PLAN`. */
export const addVerify = (program: Command, run: Run): void => {
  const command = program
    .command('verify <plan>')
    .description(
      'Compare source and sink: every document, field by field, and what should not be there. With --checksum, --sample or --changed-since quicker, or less.',
    )
    .option('--checksum', 'by digests: one reading of each side, and only what differs key by key', false)
    .addOption(
      new Option(
        '--sample <keys>',
        'only so many keys, drawn at random; 1/10000: as many as it takes to be sure that fewer than that share differ',
      )
        .argParser(sampleOf)
        .conflicts('checksum'),
    )
    .option('--confidence <percent>', 'how sure a sample makes (default: 99)', percent)
    .option('--seed <text>', 'draws the same keys again; a sample says which it had')
    .addOption(
      new Option(
        '--changed-since <position>',
        'only keys that the source changed since one of its positions, deletions included',
      ).conflicts(['checksum', 'sample']),
    );
  addComparisonOptions(command, { settleMs: SETTLE_MS })
    .option('--report <file>', 'write what was found as JSON, for people, programs and `banyan repair`')
    .option('--html <file>', 'write what was found as a page, the first mismatches side by side')
    .addOption(
      new Option(
        '--certificate <file>',
        'when both are equal, write that down for `banyan certificate check`; compares by checksums',
      ).conflicts(['sample', 'changedSince']),
    )
    .addHelpText(
      'after',
      `
What it claims when both are equal: every key was seen in the sink as the source had it at some moment between the
two positions of the source that it prints. A difference is looked at again for --settle-ms, since a source that is
written to is ahead of its sink; all waiting together takes three times that at most, however many keys differ.
Values are left out of everything that it writes, unless you say --show-values.

Ends with 0 when both are equal, 4 when they are but for documents in quarantine, 5 when they differ, 6 when it
cannot tell: nothing was there to compare, a side failed midway, keys never rested, or nobody knows what changed.`,
    )
    .action((plan: string, flags: VerifyFlags) =>
      run(async (context) => {
        const { verifyPlan } = await import('./verify-run.ts');
        return verifyPlan(context, plan, { ...flags, config: program.opts<{ config: string }>().config });
      }),
    );
};

/** What every comparison takes, whoever begins it. */
export const addComparisonOptions = (command: Command, defaults: { settleMs: number }): Command =>
  command
    .option('--show-values', 'show the values that differ, which may be personal data', false)
    .option('--settle-ms <ms>', 'how long a difference may take to settle', milliseconds, defaults.settleMs)
    .option(
      '--ignore-versions',
      'compare states alone: a collection that is captured has no versions of its own',
      false,
    );

/** Reads a duration that a person typed. @throws InvalidArgumentError */
export const milliseconds = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('a whole number of milliseconds');
};

const percent = (text: string): number => {
  const value = Number(text);
  if (value > 0 && value < 100) return value;
  throw new InvalidArgumentError('a percentage above 0 and below 100');
};

const LARGEST_SAMPLE = 1_000_000;

const sampleOf = (text: string): string => {
  const [, one, total] = /^(?:(\d+)|1\/(\d+))$/.exec(text) ?? [];
  const value = Number(one ?? total ?? 0);
  if (one !== undefined && value >= 1 && value <= LARGEST_SAMPLE) return text;
  if (total !== undefined && value >= 2 && value <= LARGEST_SAMPLE / 10) return text;
  throw new InvalidArgumentError('a number of keys up to 1000000, or a share like 1/10000, down to 1/100000');
};
