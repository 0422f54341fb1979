import { EJSON } from 'bson';
import { retryEntries } from '../../../migrations/backfill/retry-entries.ts';
import { retryKeys } from '../../../migrations/backfill/retry-keys.ts';
import {
  parseEvents,
  RejectError,
  recordOfDocument,
  recordOfEvent,
  type SourceDocument,
  type Transform,
  type VersionedRecord,
} from '../../../services/core/index.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';
import type { Quarantine } from '../../../services/stream/quarantine.ts';
import type { Projection } from './projection.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import { isKeyOf } from './thing-ids.ts';
import type { WorldParts } from './world-parts.ts';

export interface Replayed {
  readonly projection: Projection;
  readonly store: VersionedStore;
  readonly transform: Transform;
}

/** Replays what consumers and relays have quarantined, as `banyan quarantine replay` does. */
export const replay = async (
  projections: readonly Replayed[],
  world: Pick<WorldParts, 'quarantine' | 'database' | 'mutant'>,
): Promise<void> => {
  const { quarantine, mutant } = world;
  for (const one of projections) {
    if (mutant === 'replay-trusts-record' || mutant === 'retry-trusts-reject') {
      await trustRecords(
        one,
        quarantine,
        mutant === 'replay-trusts-record' ? recordsOfEvents : recordsOfDocument,
      );
    }
    const parts = { ...partsOf(one, world.database), quarantine, batchSize: 5 };
    for await (const _ of retryEntries(parts, one.projection.name));
  }
  await replayRelay(projections, world);
};

/** What no stream takes reaches every projection of its stream from the source. */
const replayRelay = async (
  projections: readonly Replayed[],
  { quarantine, database }: Pick<WorldParts, 'quarantine' | 'database'>,
): Promise<void> => {
  for await (const entry of quarantine.list('relay')) {
    const { key } = entry;
    if (key === undefined) continue;
    const concerned = projections.filter(({ projection }) => isKeyOf(projection.entity, key));
    const outcomes = await Promise.all(
      concerned.map(async (one) => (await retryKeys(partsOf(one, database), [key]))[0]),
    );
    if (!outcomes.some((outcome) => outcome instanceof RejectError)) await quarantine.remove(entry);
  }
};

const partsOf = ({ projection, store, transform }: Replayed, database: SimulatedDatabase) => ({
  store,
  reading: { slice: projection.slice, transform },
  source: { get: async (keys: readonly string[]) => keys.map((key) => database.latest(key).document) },
  floorsOf: async (keys: readonly string[]) =>
    keys.map((key) => database.latest(key).floors?.[projection.slice]),
});

type RecordsOf = (body: string, replayed: Replayed) => VersionedRecord[];

const recordsOfEvents: RecordsOf = (body, { projection, transform }) =>
  parseEvents(body).map((event) => recordOfEvent(event, projection.slice, transform));

const recordsOfDocument: RecordsOf = (body, { projection, transform }) => {
  const document = EJSON.parse(body) as SourceDocument;
  if (!('_id' in document)) throw new RejectError('this is no document');
  return [recordOfDocument(document, projection.slice, transform)];
};

/** Applies what was quarantined as it was; the rest is left to the proper way. */
const trustRecords = async (
  replayed: Replayed,
  quarantine: Quarantine,
  recordsOf: RecordsOf,
): Promise<void> => {
  for await (const entry of quarantine.list(replayed.projection.name)) {
    try {
      for (const record of recordsOf(entry.body, replayed)) await replayed.store.putIfNewer([record]);
      await quarantine.remove(entry);
    } catch (thrown) {
      if (!(thrown instanceof RejectError)) throw thrown;
    }
  }
};
