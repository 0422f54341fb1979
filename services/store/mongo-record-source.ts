import type { ClientSession, Db, ObjectId } from 'mongodb';
import {
  type EntityDefinition,
  entityKeyOf,
  idOfEntityKey,
  recordOfDocument,
  type SourceDocument,
  type State,
  type Transform,
  type VersionedRecord,
} from '../core/index.ts';
import { floorVersions } from '../outbox/floors.ts';
import type { RecordSource } from './record-source.ts';

export interface MongoRecordSourceOptions<S extends State> {
  /** Required. The source's database; a replica set. */
  readonly db: Db;
  readonly entity: EntityDefinition;
  /** Required. The slice whose version the records carry. */
  readonly slice: string;
  readonly transform: Transform<S>;
}

/**
 * Single keys of a MongoDB collection that is written through the outbox. Reads are of the primary, of what a
 * majority has, and no older than the moment they were asked for (law 2): what is read can be stored elsewhere,
 * since no failover takes it back. A key whose deletion went through the outbox is a tombstone for ever.
 */
export class MongoRecordSource<S extends State = State> implements RecordSource<S> {
  readonly #options: MongoRecordSourceOptions<S>;

  constructor(options: MongoRecordSourceOptions<S>) {
    this.#options = options;
  }

  async read(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    const { db, slice, transform } = this.#options;
    const { operationTime } = await db.command({ ping: 1 });
    return db.client.withSession({ causalConsistency: true }, async (session) => {
      session.advanceOperationTime(operationTime);
      const documents = await this.#documents(keys, session);
      // After the documents: a floor that appears in between only says that the key was deleted since.
      const floors = await this.#floors(
        keys.filter((key) => !documents.has(key)),
        session,
      );
      return keys.map((key) => {
        const document = documents.get(key);
        return document ? recordOfDocument(document, slice, transform) : floors.get(key);
      });
    });
  }

  async #documents(keys: readonly string[], session: ClientSession): Promise<Map<string, SourceDocument>> {
    const { db, entity } = this.#options;
    const $in = keys.map((key) => idOfEntityKey(key) as ObjectId);
    const reading = { session, readConcern: { level: 'majority' }, readPreference: 'primary' } as const;
    const found = await db.collection(entity.collection).find({ _id: { $in } }, reading).toArray();
    return new Map(found.map((document) => [entityKeyOf(document._id), document]));
  }

  async #floors(keys: readonly string[], session: ClientSession): Promise<Map<string, VersionedRecord<S>>> {
    const versions = await floorVersions({ ...this.#options, keys, session });
    return new Map([...versions].map(([key, version]) => [key, { key, version, state: null }]));
  }
}
