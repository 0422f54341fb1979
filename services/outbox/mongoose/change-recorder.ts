import { EJSON } from 'bson';
import type { ClientSession, Collection, Db, Document, ObjectId } from 'mongodb';
import {
  type Clock,
  ENTITY_SLICE,
  type EntityDefinition,
  entityKeyOf,
  nextVersion,
  type SourceDocument,
  sliceNames,
  VERSIONS_FIELD,
  versionOf,
} from '../../core/index.ts';
import { changedFields, type EntityChange, type EventTypeOf } from '../entity-change.ts';
import { firstVersions, floorsLeftBy, longs, readFloors, type Versions, writeFloors } from '../floors.ts';
import { recordEvent } from '../record-event.ts';

export interface ChangeRecorderOptions {
  readonly entity: EntityDefinition;
  readonly clock: Clock;
  readonly source: string;
  readonly typeOf: EventTypeOf;
  readonly traceparent?: (() => string | undefined) | undefined;
}

type Row = { _id: ObjectId; [field: string]: unknown };

/** However the connection is set up: what is stored and what is published read the same. */
const AS_PUBLISHED = { promoteValues: true, promoteLongs: true, useBigInt64: false };

/** Adds what a write of somebody else's lacks, in the same transaction: versions, floors, and the outbox row. */
export class ChangeRecorder {
  readonly #options: ChangeRecorderOptions;
  readonly #db: Db;
  readonly #session: ClientSession;

  constructor(options: ChangeRecorderOptions, db: Db, session: ClientSession) {
    this.#options = options;
    this.#db = db;
    this.#session = session;
  }

  /** The document that a filter finds first. */
  async find(filter: Document, options: Document = {}): Promise<SourceDocument | undefined> {
    return (await this.#collection.findOne(filter, { ...options, session: this.#session })) ?? undefined;
  }

  /** Records what became of a document since it was `before`; nothing, when nothing did. */
  async record(id: unknown, before: SourceDocument | undefined): Promise<void> {
    const after = await this.find({ _id: { $eq: id } });
    if (after) await this.#recordState(before, after);
    else if (before) await this.#recordDeletion(before);
  }

  async #recordState(before: SourceDocument | undefined, after: SourceDocument): Promise<void> {
    if (before && textOf(before) === textOf(after)) return;
    const fields = changedFields(before, after);
    const versions = before
      ? this.#advanced(before, fields)
      : firstVersions(this.#options.entity, await this.#floors(after), this.#options.clock.nowMs());
    const set = { $set: { [VERSIONS_FIELD]: longs(versions) } };
    const byId = { _id: { $eq: after._id as ObjectId } };
    await this.#collection.updateOne(byId, set, { session: this.#session });
    const operation = before ? 'updated' : 'created';
    const document = { ...after, [VERSIONS_FIELD]: versions };
    await this.#publish(document, { operation, before, after, changedFields: fields });
  }

  /** Whatever a replacement did to the stored versions: they go on from those before it. */
  #advanced(before: SourceDocument, fields: readonly string[]): Versions {
    const { entity, clock } = this.#options;
    const nowMs = clock.nowMs();
    const isTouched = (slice: string) =>
      slice === ENTITY_SLICE || entity.slices[slice]?.some((field) => fields.includes(field));
    const touched = sliceNames(entity)
      .filter(isTouched)
      .map((slice) => [slice, nextVersion(versionOf(before, slice), nowMs)]);
    return { ...(before[VERSIONS_FIELD] as Versions | undefined), ...Object.fromEntries(touched) };
  }

  async #recordDeletion(before: SourceDocument): Promise<void> {
    const { entity, clock } = this.#options;
    const floors = floorsLeftBy(entity, before, clock.nowMs());
    await writeFloors(this.#db, this.#session, entity, entityKeyOf(before._id), floors);
    await this.#publish(
      { _id: before._id, [VERSIONS_FIELD]: floors },
      { operation: 'deleted', before, after: undefined, changedFields: changedFields(before, undefined) },
    );
  }

  #publish(document: SourceDocument, change: EntityChange): Promise<void> {
    const { entity, clock, source, typeOf, traceparent } = this.#options;
    return recordEvent({
      session: this.#session,
      db: this.#db,
      clock,
      source,
      entity,
      document,
      type: typeOf(change),
      deleted: change.operation === 'deleted',
      traceparent: traceparent?.(),
    });
  }

  #floors({ _id }: SourceDocument): Promise<Versions> {
    return readFloors(this.#db, this.#session, this.#options.entity, entityKeyOf(_id));
  }

  get #collection(): Collection<Row> {
    return this.#db.collection<Row>(this.#options.entity.collection, AS_PUBLISHED);
  }
}

/** To the byte: whatever the oplog has a change of, there must be an event of. */
const textOf = (document: SourceDocument): string => EJSON.stringify(document, { relaxed: false });
