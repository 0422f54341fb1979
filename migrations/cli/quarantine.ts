import type { AddCommand } from './command.ts';

/** Adds `banyan quarantine list|show|replay|drop`. */
export const addQuarantine: AddCommand = (program, run) => {
  const group = program
    .command('quarantine')
    .description(
      "What could never be applied or published, kept whole. A name is a plan's, for its backfill and its stream consumer; or `relay` or `capture`, for what no stream takes.",
    );
  group
    .command('list [name]')
    .description(
      'Show the entries, oldest first, without what they hold; without a name, those of every name.',
    )
    .action((name: string | undefined) =>
      run(async (context) => (await import('./quarantine-entries.ts')).listEntries(context, name)),
    );
  group
    .command('show <name> <id>')
    .description('Show one entry with the record as it came, which may hold personal data.')
    .action((name: string, id: string) =>
      run(async (context) => (await import('./quarantine-entries.ts')).showEntry(context, name, id)),
    );
  group
    .command('replay <name>')
    .description(
      "Read the keys again at the source, and apply what it says of them now to the plan's sink; those of `relay` are published again instead. Removes what that settles, and ends with 4 when entries stay.",
    )
    .action((name: string) =>
      run(async (context) => (await import('./quarantine-replay.ts')).replayQuarantine(context, name)),
    );
  group
    .command('drop <name> <id>')
    .description('Give an entry up: one without a key cannot be replayed.')
    .option('--yes', 'really: nothing else holds the record', false)
    .action((name: string, id: string, { yes }: { yes: boolean }) =>
      run(async (context) => (await import('./quarantine-entries.ts')).dropEntry(context, name, id, yes)),
    );
};
