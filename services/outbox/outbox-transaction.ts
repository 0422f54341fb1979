import { type ClientSession, type Db, type Document, ObjectId } from 'mongodb';
import {
  type Clock,
  ENTITY_SLICE,
  type EntityDefinition,
  entityKeyOf,
  type SourceDocument,
  type State,
  VERSIONS_FIELD,
} from '../core/index.ts';
import { outboxOf } from './collections.ts';
import { assertPlainFields } from './field-names.ts';
import { firstVersions, floorsLeftBy, longs, readFloors, type Versions, writeFloors } from './floors.ts';
import { type Change, outboxRowOf } from './outbox-row.ts';
import { type FieldChanges, replacePipeline, touchPipeline, updatePipeline } from './update-pipeline.ts';

/** A document as the outbox stored it, with its versions. */
export type StoredDocument = SourceDocument & { readonly _banyan: Versions };

/** Any `_id` will do; the driver's types want to know one. */
type EntityRow = { _id: ObjectId; _banyan: Versions; [field: string]: unknown };

/** `$eq`, so that an id which is an object is not taken for operators. */
const byId = (id: unknown) => ({ _id: { $eq: id as ObjectId } });

/** However the client is set up: what is stored and what is published read the same. */
const AS_PUBLISHED = { ignoreUndefined: false, promoteValues: true, promoteLongs: true, useBigInt64: false };

/**
 * Writes entities and their events in one transaction: either everything that was done through it is
 * committed, or nothing (law 5). Its work may run more than once before it commits, so it must have no other
 * effects than those in this transaction.
 */
export class OutboxTransaction {
  /** For further reads and writes of the same transaction: hand it to every call of the driver. */
  readonly session: ClientSession;
  /** Where the entities live. */
  readonly db: Db;
  readonly #clock: Clock;
  readonly #source: string;
  readonly #traceparent: string | undefined;
  readonly #changes: Change[] = [];

  constructor(options: {
    session: ClientSession;
    db: Db;
    clock: Clock;
    source: string;
    traceparent: string | undefined;
  }) {
    this.session = options.session;
    this.db = options.db;
    this.#clock = options.clock;
    this.#source = options.source;
    this.#traceparent = options.traceparent;
  }

  /**
   * Inserts a document, above the versions that a deleted one of its key left, and answers it as stored. An
   * `_id` is made where there is none; top-level fields that are `undefined` are left out.
   * @throws UnpublishableError `bad-field` for a reserved or unusable field name.
   */
  async create(entity: EntityDefinition, document: State, type: string): Promise<StoredDocument> {
    const { _id: given, ...rest } = document;
    const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    assertPlainFields(entity, Object.keys(fields));
    const _id = given ?? new ObjectId();
    // Nobody can have deleted what has just got its first id.
    const floors =
      given === undefined ? {} : await readFloors(this.db, this.session, entity, entityKeyOf(_id));
    const versions = firstVersions(entity, floors, this.#clock.nowMs());
    const stored: StoredDocument = { _id, ...fields, [VERSIONS_FIELD]: versions };
    const row = { ...stored, [VERSIONS_FIELD]: longs(versions) } as unknown as EntityRow;
    await this.#collection(entity).insertOne(row, { session: this.session });
    this.#publish(entity, stored, type, false);
    return stored;
  }

  /**
   * Changes top-level fields and answers the document after it; `undefined`, and no event, when it is absent.
   * Without any field it still advances the entity's version and publishes the document again.
   * @throws UnpublishableError `bad-field` for a reserved or unusable field name.
   */
  async update(
    entity: EntityDefinition,
    id: unknown,
    changes: FieldChanges,
    type: string,
  ): Promise<StoredDocument | undefined> {
    return this.#change(entity, id, updatePipeline(entity, changes, this.#clock.nowMs()), type);
  }

  /**
   * Replaces the document's fields and answers it; `undefined`, and no event, when it is absent. The stored
   * `_banyan` stays, advanced, whatever the given one is. With a `slice`, only that slice's fields are
   * replaced, and those of other slices stay.
   * @throws UnpublishableError `bad-field` for a field that is unusable or not the slice's.
   */
  async replace(
    entity: EntityDefinition,
    document: SourceDocument,
    type: string,
    options: { readonly slice?: string } = {},
  ): Promise<StoredDocument | undefined> {
    const { _id, [VERSIONS_FIELD]: _, ...fields } = document;
    const slice = options.slice ?? ENTITY_SLICE;
    return this.#change(entity, _id, replacePipeline(entity, slice, fields, this.#clock.nowMs()), type);
  }

  /** Advances every version of the document and publishes it as it is; `undefined` when it is absent. */
  async touch(entity: EntityDefinition, id: unknown, type: string): Promise<StoredDocument | undefined> {
    return this.#change(entity, id, touchPipeline(entity, this.#clock.nowMs()), type);
  }

  /**
   * Deletes the document and answers its `_id` and the versions that it left, which stay as floors for the
   * key; `undefined`, and no event, when it is absent.
   */
  async delete(entity: EntityDefinition, id: unknown, type: string): Promise<StoredDocument | undefined> {
    const { session } = this;
    const last = await this.#collection(entity).findOneAndDelete(byId(id), { session });
    if (!last) return undefined;
    const floors = floorsLeftBy(entity, last, this.#clock.nowMs());
    await writeFloors(this.db, session, entity, entityKeyOf(id), floors);
    const tombstone: StoredDocument = { _id: id, [VERSIONS_FIELD]: floors };
    this.#publish(entity, tombstone, type, true);
    return tombstone;
  }

  /** Writes the rows of the events so far, in one round trip. `Outbox` calls it before it commits. */
  async flush(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const rows = this.#changes.splice(0).map((change) => outboxRowOf(change, this.#source, nowMs));
    if (rows.length === 1 && rows[0]) {
      await outboxOf(this.db).insertOne(rows[0], { session: this.session });
    } else if (rows.length > 0) {
      await outboxOf(this.db).insertMany(rows, { session: this.session });
    }
  }

  async #change(
    entity: EntityDefinition,
    id: unknown,
    pipeline: Document[],
    type: string,
  ): Promise<StoredDocument | undefined> {
    const { session } = this;
    const stored = await this.#collection(entity).findOneAndUpdate(byId(id), pipeline, {
      session,
      returnDocument: 'after',
    });
    if (!stored) return undefined;
    this.#publish(entity, stored, type, false);
    return stored;
  }

  #publish(entity: EntityDefinition, document: StoredDocument, type: string, deleted: boolean): void {
    this.#changes.push({ entity, document, type, deleted, traceparent: this.#traceparent });
  }

  #collection(entity: EntityDefinition) {
    return this.db.collection<EntityRow>(entity.collection, AS_PUBLISHED);
  }
}
