import { UsageError } from '../../services/core/index.ts';
import type { QuarantineEntry } from '../../services/stream/quarantine.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { quarantinedBy, quarantineNames } from './quarantine-names.ts';

/** `quarantine list`. */
export const listEntries = async (context: CommandContext, name: string | undefined): Promise<ExitCode> => {
  const config = await context.config();
  const names = name === undefined ? quarantineNames(config) : [name];
  const kept = names.flatMap((one) => quarantinedBy(config, one));
  let entries = 0;
  for await (const { body, ...entry } of entriesOf(context, kept)) {
    entries += 1;
    const bytes = Buffer.byteLength(body);
    const what = entry.key === undefined ? `${bytes} bytes without a key` : `key ${entry.key}`;
    const text = `${new Date(entry.atMs).toISOString()}  ${entry.source}  ${what}\n  ${entry.id}\n  ${entry.reason}`;
    context.output.result({ event: 'entry', ...entry, bytes }, text);
  }
  const nothing = name === undefined ? 'nothing is in quarantine' : `nothing of ${name} is in quarantine`;
  context.output.result(
    { event: 'result', ...(name === undefined ? {} : { name }), entries },
    entries === 0 ? nothing : `${entries} in quarantine`,
  );
  return EXIT_CODES.ok;
};

/** `quarantine show`. */
export const showEntry = async (context: CommandContext, name: string, id: string): Promise<ExitCode> => {
  const entry = await entryOf(context, name, id);
  const { body, ...rest } = entry;
  const lines = Object.entries(rest).map(([field, value]) => `${field.padEnd(8)}${value}`);
  context.output.result(entry, [...lines, '', body].join('\n'));
  return EXIT_CODES.ok;
};

/** `quarantine drop`. */
export const dropEntry = async (
  context: CommandContext,
  name: string,
  id: string,
  yes: boolean,
): Promise<ExitCode> => {
  const entry = await entryOf(context, name, id);
  if (!yes) throw new UsageError(`dropping ${id} loses the record for good: say --yes, or \`replay\` it`);
  await (await context.quarantine()).remove(entry);
  context.output.result({ event: 'dropped', id, source: entry.source, key: entry.key }, `${id} was dropped`);
  return EXIT_CODES.ok;
};

async function* entriesOf(context: CommandContext, kept: readonly string[]): AsyncIterable<QuarantineEntry> {
  const quarantine = await context.quarantine();
  for (const name of new Set(kept)) yield* quarantine.list(name);
}

/** @throws UsageError when no entry of the name has this id. */
const entryOf = async (context: CommandContext, name: string, id: string): Promise<QuarantineEntry> => {
  const kept = quarantinedBy(await context.config(), name);
  for await (const entry of entriesOf(context, kept)) if (entry.id === id) return entry;
  throw new UsageError(
    `nothing of ${name} with the id ${id} is in quarantine: \`banyan quarantine list ${name}\``,
  );
};
