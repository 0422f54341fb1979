import { type EntityDefinition, entityEvent, idOfEntityKey } from '../../services/core/index.ts';
import { Outbox } from '../../services/outbox/index.ts';
import { inspectRow } from '../../services/outbox/inspect-row.ts';
import { type Touched, touchKey } from '../../services/outbox/touch-key.ts';
import type { Quarantine, QuarantineEntry } from '../../services/stream/quarantine.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { publishingSettings } from './oversize.ts';
import { publishedEntities } from './published-entities.ts';

/** What became of an entry: its key was published as it is now, or why it stays. */
type Republished = { readonly outcome: Touched } | { readonly outcome: 'kept'; readonly reason: string };

const SOURCE = '/banyan/quarantine';
/** An event's type is near its beginning. */
const HEAD_CHARACTERS = 1_000;

/**
 * Publishes the keys of events that no stream took once more, as they are at the source now, and removes the
 * entries that this settles: everybody who follows the stream missed them. Answers `rejects` when some stay.
 */
export const republishEntries = async (context: CommandContext, name: string): Promise<ExitCode> => {
  const { output } = context;
  const quarantine = await context.quarantine();
  const republish = name === 'capture' ? keepCaptured : await republisher(context);
  let settled = 0;
  let kept = 0;
  for (const entries of await entriesByKey(quarantine, name)) {
    context.interrupted.throwIfAborted();
    const [{ key }] = entries;
    const republished = await republish(entries[0]);
    if (republished.outcome === 'kept') kept += entries.length;
    else settled += entries.length;
    for (const entry of entries) {
      if (republished.outcome !== 'kept') await quarantine.remove(entry);
      const why = 'reason' in republished ? `, ${republished.reason}` : '';
      const text = `${key ?? entry.id}: ${republished.outcome}${why}`;
      output.result({ event: 'retried', id: entry.id, key, ...republished }, text);
    }
  }
  const nothing = `nothing of ${name} is in quarantine`;
  const counts = `${name}: ${settled} published again, ${kept} still in quarantine`;
  output.result({ event: 'result', name, settled, kept }, settled + kept === 0 ? nothing : counts);
  return kept === 0 ? EXIT_CODES.ok : EXIT_CODES.rejects;
};

type Entries = readonly [QuarantineEntry, ...QuarantineEntry[]];

/**
 * The entries of each key, without all that they hold. All of them before anything is published again: what is
 * quarantined from then on may be that, and has not been dealt with.
 */
const entriesByKey = async (quarantine: Quarantine, name: string): Promise<Entries[]> => {
  const byKey = new Map<string, Entries>();
  for await (const entry of quarantine.list(name)) {
    const lane = JSON.stringify([entry.stream, entry.key ?? entry.id]);
    const small = { ...entry, body: entry.body.slice(0, HEAD_CHARACTERS) };
    const before = byKey.get(lane);
    byKey.set(lane, before ? [...before, small] : [small]);
  }
  return [...byKey.values()];
};

type Republish = (entry: QuarantineEntry) => Promise<Republished>;

const keepCaptured: Republish = async () =>
  kept('who writes the collection publishes it: change the document there, and drop this entry');

const republisher = async (context: CommandContext): Promise<Republish> => {
  const { clock } = context;
  const config = await context.config();
  const { client, db } = await context.mongo();
  const outbox = new Outbox({ client, db, clock, source: SOURCE });
  await outbox.open();
  return async (entry) => {
    const entity = entityOf(config, entry);
    if (!entity) return kept('the configuration names no plan or entity of its stream');
    const key = entry.key ?? '';
    const document = await db
      .collection(entity.collection)
      .findOne({ _id: { $eq: idOfEntityKey(key) as never } }, { readPreference: 'primary' });
    const refused = document ? refusalNow(config, entity, document) : undefined;
    if (refused) return kept(refused);
    return { outcome: await touchKey({ outbox, entity, key, clock, source: SOURCE }) };
  };
};

/** By its stream, and where several share one, by the type of its event, which begins with the entity's name. */
const entityOf = (config: Config, { stream, body }: QuarantineEntry): EntityDefinition | undefined => {
  const sharing = publishedEntities(config, []).filter((entity) => entity.stream === stream);
  return sharing.length <= 1 ? sharing[0] : sharing.find(({ name }) => body.includes(`"type":"${name}.`));
};

/** Why publishing it would only bring it back. */
const refusalNow = (
  config: Config,
  { name, stream }: EntityDefinition,
  document: { _id: unknown },
): string | undefined => {
  const parts = { id: '0'.repeat(24), source: SOURCE, type: `${name}.touched`, deleted: false, atMs: 0 };
  const event = entityEvent({ ...parts, document });
  const row = { id: event.id, stream, key: event.subject, event: JSON.stringify(event), createdAtMs: 0 };
  const { maxRecordBytes } = publishingSettings(config);
  const { reject, bytes } = inspectRow(row, maxRecordBytes);
  if (reject === undefined || bytes < maxRecordBytes) return reject;
  return `${reject}: give relay.oversize a claimBucket and restart the relay, or make the document smaller`;
};

const kept = (reason: string): Republished => ({ outcome: 'kept', reason });
