import {
  type BSON,
  type Collection,
  type Db,
  type Document,
  type FindOptions,
  MongoServerError,
  Timestamp,
} from 'mongodb';
import {
  BanyanError,
  entityKeyOf,
  idOfEntityKey,
  type SourceDocument,
  UsageError,
  VERSIONS_FIELD,
} from '../../../services/core/index.ts';
import type { Partition, Position, Source, SourceBatch } from '../source.ts';
import { AS_STORED, type BsonDocument, decodingOf } from './bson-document.ts';
import { evenParts, partitionsPerBracket } from './divide.ts';
import { ID_BRACKETS, type IdBracket, UNREADABLE_TYPES } from './id-brackets.ts';
import { jsonOfId } from './id-json.ts';
import { BY_ID, MAJORITY, readPages } from './mongo-pages.ts';
import { rangeFilter, rangeOf } from './range-filter.ts';
import { sourceError } from './source-error.ts';

export interface MongoSourceOptions {
  readonly db: Db;
  /** Required. Its name. */
  readonly collection: string;
  /** Optional: defaults to everything. What does not match this query is neither counted nor read by range. */
  readonly filter?: Document | undefined;
  /** Optional: defaults to all. The fields that reading by range fetches, beside `_id` and the versions. */
  readonly fields?: readonly string[] | undefined;
}

/** A MongoDB collection as a source: majority reads of the primary, through the `_id` index. */
export class MongoSource implements Source {
  readonly #db: Db;
  readonly #collection: Collection<Document>;
  readonly #filter: Document | undefined;
  readonly #projection: Document | undefined;
  readonly #decoding: BSON.DeserializeOptions;

  constructor(options: MongoSourceOptions) {
    this.#db = options.db;
    this.#filter = options.filter;
    this.#projection = options.fields && projectionOf(options.fields);
    this.#collection = options.db.collection(options.collection, {
      readConcern: MAJORITY,
      readPreference: 'primary',
    });
    this.#decoding = decodingOf(this.#collection.bsonOptions);
  }

  /** @throws UsageError when the collection holds an `_id` of a type that cannot be read by range. */
  async partition(count: number): Promise<Partition[]> {
    return this.#reading(async () => {
      await this.#refuseUnreadable();
      const documents = await this.#counts();
      const parts = partitionsPerBracket(documents, count);
      const partitions: Partition[] = [];
      for (const [i, bracket] of ID_BRACKETS.entries()) {
        partitions.push(...(await this.#divide(bracket, documents[i] ?? 0, parts[i] ?? 1)));
      }
      return partitions;
    });
  }

  async *read(partition: Partition, after: Position | null, batchSize: number): AsyncIterable<SourceBatch> {
    const query = {
      db: this.#db,
      collection: this.#collection.collectionName,
      projection: this.#projection,
      decoding: this.#decoding,
      filterAfter: (position: Position | null) => this.#matching(rangeOf(partition, position)),
    };
    try {
      for await (const page of readPages(query, after, batchSize)) {
        for (let from = 0; from < page.length; from += batchSize)
          yield new RawBatch(page.slice(from, from + batchSize));
      }
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  async get(keys: readonly string[]): Promise<(SourceDocument | undefined)[]> {
    const ids = keys.map(idOfEntityKey);
    const found = await this.#reading(() => this.#asOfNow({ _id: { $in: ids } }));
    const byKey = new Map(found.map((document) => [entityKeyOf(document._id), document as SourceDocument]));
    return keys.map((key) => byKey.get(key));
  }

  async now(): Promise<string> {
    const { operationTime } = await this.#reading(() => this.#db.command({ ping: 1 }));
    if (operationTime instanceof Timestamp) return `${operationTime.t}.${operationTime.i}`;
    throw new UsageError('the source is a standalone MongoDB: make it a replica set, one member is enough');
  }

  /** What the whole collection holds, as its own statistics say. */
  async size(): Promise<{ documents: number; bytes: number }> {
    const [stats] = await this.#reading(() =>
      this.#collection.aggregate([{ $collStats: { storageStats: {} } }]).toArray(),
    ).catch((thrown) => {
      // A collection that does not exist yet has no statistics (26, NamespaceNotFound).
      if ((thrown as BanyanError).cause instanceof MongoServerError) return [];
      throw thrown;
    });
    const { count = 0, size = 0 } = stats?.storageStats ?? {};
    return { documents: Number(count), bytes: Number(size) };
  }

  #find(filter: Document, options: FindOptions = {}) {
    return this.#collection.find(filter, { sort: BY_ID, hint: BY_ID, ...options });
  }

  /** No older than the moment it was asked for (law 2): right after a failover a majority read may be. */
  async #asOfNow(filter: Document): Promise<Document[]> {
    const { operationTime } = await this.#db.command({ ping: 1 });
    return this.#db.client.withSession({ causalConsistency: true }, (session) => {
      if (operationTime instanceof Timestamp) session.advanceOperationTime(operationTime);
      return this.#find(filter, { session }).toArray();
    });
  }

  /** Counting walks the index: where all ids are of one bracket, the collection's own count tells the same. */
  async #counts(): Promise<number[]> {
    const present = await Promise.all(ID_BRACKETS.map((bracket) => this.#count(bracket, { limit: 1 })));
    const only = present.indexOf(1);
    if (this.#filter || only < 0 || only !== present.lastIndexOf(1))
      return Promise.all(ID_BRACKETS.map((bracket) => this.#count(bracket)));
    const all = await this.#collection.estimatedDocumentCount();
    return present.with(only, Math.max(1, all));
  }

  #count(bracket: IdBracket, options: { limit?: number } = {}): Promise<number> {
    return this.#collection.countDocuments(this.#matching({ _id: bracket.filter }), {
      ...options,
      hint: BY_ID,
    });
  }

  #matching(range: Document): Document {
    return this.#filter ? { $and: [range, this.#filter] } : range;
  }

  /** Walks the index once per bracket, from both ends at once. */
  async #divide(bracket: IdBracket, documents: number, parts: number): Promise<Partition[]> {
    const sizes = evenParts(documents, parts);
    const half = Math.floor(parts / 2);
    const [lower, upper] = await Promise.all([
      this.#boundsUp(bracket, null, sizes.slice(0, half)),
      this.#boundsDown(bracket, sizes.slice(half + 1)),
    ]);
    const met = await this.#haveMet(bracket, lower.at(-1), upper[0]);
    const rest = met ? await this.#boundsUp(bracket, lower.at(-1) ?? null, sizes.slice(half, -1)) : upper;
    const bounds = [null, ...lower, ...rest];
    return bounds.map((from, i) => ({
      id: `${bracket.name}-${i}`,
      bsonType: bracket.name,
      from,
      to: bounds[i + 1] ?? null,
      estimated: sizes[i] ?? 0,
    }));
  }

  /** The first `_id` after each of these parts; each is looked up from the one before it. */
  async #boundsUp(bracket: IdBracket, from: string | null, sizes: readonly number[]): Promise<string[]> {
    const bounds: string[] = [];
    for (const skip of sizes) {
      const bound = await this.#idAt(rangeFilter(bracket, { from: bounds.at(-1) ?? from }), { skip });
      if (bound === undefined) break;
      bounds.push(bound);
    }
    return bounds;
  }

  /** The first `_id` of each of these parts, which are the last ones. */
  async #boundsDown(bracket: IdBracket, sizes: readonly number[]): Promise<string[]> {
    const bounds: string[] = [];
    for (const size of sizes.toReversed()) {
      const below = rangeFilter(bracket, { from: null, to: bounds[0] ?? null });
      const bound = await this.#idAt(below, { skip: size - 1, sort: { _id: -1 } });
      if (bound === undefined) break;
      bounds.unshift(bound);
    }
    return bounds;
  }

  /** Whether nothing is left between both: there are fewer documents than were counted. */
  async #haveMet(bracket: IdBracket, from: string | undefined, to: string | undefined): Promise<boolean> {
    if (from === undefined || to === undefined) return false;
    return (await this.#idAt(rangeFilter(bracket, { from, to }))) === undefined;
  }

  async #idAt(filter: Document, options: FindOptions = {}): Promise<string | undefined> {
    const find = { ...AS_STORED, projection: BY_ID, limit: 1, ...options };
    const [document] = await this.#find(this.#matching(filter), find).toArray();
    return document && jsonOfId(document._id);
  }

  async #refuseUnreadable(): Promise<void> {
    const [document] = await this.#find({ _id: { $type: UNREADABLE_TYPES } }, { limit: 1 }).toArray();
    if (document) {
      throw new UsageError(
        `${this.#collection.collectionName} holds a document whose _id is of a type that MongoDB no longer writes (${UNREADABLE_TYPES.join(' or ')}): give it another _id first`,
      );
    }
  }

  async #reading<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  #failure(cause: unknown): BanyanError {
    return cause instanceof BanyanError ? cause : sourceError(this.#collection.collectionName, cause);
  }
}

/** A class, since an object with a getter of its own has a shape of its own, which outlives it and what it holds. */
class RawBatch implements SourceBatch {
  readonly raw: readonly BsonDocument[];
  readonly position: Position;
  #documents: readonly SourceDocument[] | undefined;

  constructor(raw: readonly BsonDocument[]) {
    this.raw = raw;
    this.position = jsonOfId(raw.at(-1)?.storedId);
  }

  get documents(): readonly SourceDocument[] {
    this.#documents ??= this.raw.map((document) => document.decode());
    return this.#documents;
  }
}

const projectionOf = (fields: readonly string[]): Document =>
  Object.fromEntries(['_id', VERSIONS_FIELD, ...fields].map((field) => [field, 1]));
