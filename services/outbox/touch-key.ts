import type { ObjectId } from 'mongodb';
import {
  type Clock,
  type EntityDefinition,
  entityKeyOf,
  idOfEntityKey,
  type SourceDocument,
  VERSIONS_FIELD,
  type Version,
} from '../core/index.ts';
import { floorsLeftBy, readFloors, type Versions, writeFloors } from './floors.ts';
import type { Outbox } from './outbox.ts';
import type { OutboxTransaction } from './outbox-transaction.ts';
import { recordEvent } from './record-event.ts';
import { touchPipeline } from './update-pipeline.ts';

/** Which key is published once more. */
export interface TouchKeyOptions {
  readonly outbox: Outbox;
  readonly entity: EntityDefinition;
  /** Required. As `entityKeyOf` makes it of the document's `_id`. */
  readonly key: string;
  readonly clock: Clock;
  /** Required. The producer in the event, as a URI reference. */
  readonly source: string;
  /** Optional: defaults to none. A version that the new one must exceed: the one that a sink holds. */
  readonly above?: Version;
}

/** The document was published again, or, since there is none, that it is deleted. */
export type Touched = 'touched' | 'tombstone';

/**
 * Publishes what a key is now, once more, whatever was published before: at a version above the stored one,
 * above the floor that a deletion left and above `above`, as an event `….touched`; for a key that is absent a
 * tombstone, `….deleted`. That mends whatever follows the stream (end of the laws in DESIGN.md).
 */
export const touchKey = (options: TouchKeyOptions): Promise<Touched> =>
  options.outbox.transaction(async (tx) => {
    const { entity, key, clock, above = 0 } = options;
    const floors = await readFloors(tx.db, tx.session, entity, key);
    const highest = Math.max(above, ...Object.values(floors));
    // Versions are microseconds, and a touch goes by milliseconds.
    const atMs = Math.max(clock.nowMs(), Math.ceil((highest + 1) / 1000));
    const stored = await advance(tx, entity, idOfEntityKey(key), atMs);
    const document = stored ?? (await bury(tx, entity, key, floors, atMs));
    await record(tx, options, document, stored === null);
    return stored ? 'touched' : 'tombstone';
  });

/** Any `_id` will do; the driver's types want to know one. */
type Row = { _id: ObjectId; [field: string]: unknown };

const advance = (
  { db, session }: OutboxTransaction,
  entity: EntityDefinition,
  id: unknown,
  atMs: number,
): Promise<SourceDocument | null> =>
  db
    .collection<Row>(entity.collection, { promoteValues: true, promoteLongs: true, useBigInt64: false })
    .findOneAndUpdate({ _id: { $eq: id as ObjectId } }, touchPipeline(entity, atMs), {
      session,
      returnDocument: 'after',
    });

/** A deletion of what is absent already: its floors rise above the ones before. */
const bury = async (
  { db, session }: OutboxTransaction,
  entity: EntityDefinition,
  key: string,
  before: Versions,
  atMs: number,
): Promise<SourceDocument> => {
  const absent = { _id: idOfEntityKey(key), [VERSIONS_FIELD]: before };
  const floors = floorsLeftBy(entity, absent, atMs);
  await writeFloors(db, session, entity, entityKeyOf(absent._id), floors);
  return { _id: absent._id, [VERSIONS_FIELD]: floors };
};

const record = (
  { db, session }: OutboxTransaction,
  { entity, clock, source }: TouchKeyOptions,
  document: SourceDocument,
  deleted: boolean,
): Promise<void> => {
  const type = `${entity.name}.${deleted ? 'deleted' : 'touched'}`;
  return recordEvent({ session, db, clock, source, entity, document, type, deleted });
};
