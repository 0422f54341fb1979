import { UsageError } from '../../services/core/index.ts';
import type { QuarantineEntry } from '../../services/stream/quarantine.ts';
import type { AddCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { planOf, withPlan } from './open-plan.ts';
import { replayEntries } from './replay-entries.ts';

/** Adds `banyan quarantine list|show|replay|drop`. */
export const addQuarantine: AddCommand = (program, run) => {
  const group = program
    .command('quarantine')
    .description("What a plan's backfill or stream consumer could never apply, kept whole.");
  group
    .command('list <plan>')
    .description('Show the entries, oldest first, without what they hold.')
    .action((plan: string) => run((context) => listEntries(context, plan)));
  group
    .command('show <plan> <id>')
    .description('Show one entry with the record as it came, which may hold personal data.')
    .action((plan: string, id: string) => run((context) => showEntry(context, plan, id)));
  group
    .command('replay <plan>')
    .description(
      'Read the keys again at the source, apply what it says of them now, and remove what that settles. Ends with 4 when entries stay.',
    )
    .action((plan: string) =>
      run((context) =>
        withPlan(context, plan, async (open) =>
          replayEntries(context, open, await quarantinedBy(context, plan)),
        ),
      ),
    );
  group
    .command('drop <plan> <id>')
    .description('Give an entry up: one without a key cannot be replayed.')
    .option('--yes', 'really: nothing else holds the record', false)
    .action((plan: string, id: string, { yes }: { yes: boolean }) =>
      run((context) => dropEntry(context, plan, id, yes)),
    );
};

/** The names under which a plan's entries are kept: its backfill's, and its stream consumer's. */
const quarantinedBy = async (context: CommandContext, plan: string): Promise<string[]> => {
  const { consumerName } = planOf(await context.config(), plan);
  return [plan, ...(consumerName === undefined || consumerName === plan ? [] : [consumerName])];
};

async function* entriesOf(context: CommandContext, plan: string): AsyncIterable<QuarantineEntry> {
  const quarantine = await context.quarantine();
  for (const name of await quarantinedBy(context, plan)) yield* quarantine.list(name);
}

const listEntries = async (context: CommandContext, plan: string): Promise<ExitCode> => {
  let entries = 0;
  for await (const { body, ...entry } of entriesOf(context, plan)) {
    entries += 1;
    const bytes = Buffer.byteLength(body);
    const what = entry.key === undefined ? `${bytes} bytes without a key` : `key ${entry.key}`;
    const text = `${new Date(entry.atMs).toISOString()}  ${entry.source}  ${what}\n  ${entry.id}\n  ${entry.reason}`;
    context.output.result({ event: 'entry', ...entry, bytes }, text);
  }
  const text = entries === 0 ? `nothing of ${plan} is in quarantine` : `${entries} in quarantine`;
  context.output.result({ event: 'result', plan, entries }, text);
  return EXIT_CODES.ok;
};

const showEntry = async (context: CommandContext, plan: string, id: string): Promise<ExitCode> => {
  const entry = await entryOf(context, plan, id);
  const { body, ...rest } = entry;
  const lines = Object.entries(rest).map(([name, value]) => `${name.padEnd(8)}${value}`);
  context.output.result(entry, [...lines, '', body].join('\n'));
  return EXIT_CODES.ok;
};

const dropEntry = async (
  context: CommandContext,
  plan: string,
  id: string,
  yes: boolean,
): Promise<ExitCode> => {
  const entry = await entryOf(context, plan, id);
  if (!yes) throw new UsageError(`dropping ${id} loses the record for good: say --yes, or \`replay\` it`);
  await (await context.quarantine()).remove(entry);
  context.output.result({ event: 'dropped', id, source: entry.source, key: entry.key }, `${id} was dropped`);
  return EXIT_CODES.ok;
};

/** @throws UsageError when no entry of the plan has this id. */
const entryOf = async (context: CommandContext, plan: string, id: string): Promise<QuarantineEntry> => {
  for await (const entry of entriesOf(context, plan)) if (entry.id === id) return entry;
  throw new UsageError(
    `nothing of ${plan} with the id ${id} is in quarantine: \`banyan quarantine list ${plan}\``,
  );
};
