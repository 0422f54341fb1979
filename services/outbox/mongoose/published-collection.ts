import type { ClientSession } from 'mongodb';
import { UnpublishableError } from '../errors.ts';
import { ChangeRecorder, type ChangeRecorderOptions } from './change-recorder.ts';
import {
  type CollectionMethod,
  dbOf,
  type Given,
  type MongooseCollection,
  type WriteOptions,
} from './mongoose-types.ts';

const EACH_ALONE =
  'write each document by itself in a transaction (save, findOneAndUpdate, deleteOne), or write them past ' +
  'Mongoose and let `banyan unexplained heal` publish them';

/** Why a method cannot be followed by an event for each document that it changes. */
const REFUSED: { readonly [method: string]: string } = {
  updateMany: `updateMany does not say which documents it changed: ${EACH_ALONE}`,
  deleteMany: `deleteMany does not say which documents it deleted: ${EACH_ALONE}`,
  bulkWrite: `bulkWrite (and bulkSave) does not say which documents it changed: ${EACH_ALONE}`,
  initializeOrderedBulkOp: `a bulk operation does not say which documents it changed: ${EACH_ALONE}`,
  initializeUnorderedBulkOp: `a bulk operation does not say which documents it changed: ${EACH_ALONE}`,
  drop: 'dropping the collection would tell nobody that its documents are gone: delete them one by one',
  rename: 'renaming the collection would tell nobody: copy it, and begin a plan for the copy',
};

/** Where a method has its options. */
const UPDATES = { updateOne: 2, replaceOne: 2, findOneAndUpdate: 2, findOneAndReplace: 2 } as const;
const DELETES = { deleteOne: 1, findOneAndDelete: 1 } as const;

/** The methods that take the place of a collection's own. */
export const publishingMethods = (
  collection: MongooseCollection,
  own: (method: string) => CollectionMethod,
  options: ChangeRecorderOptions,
): { [method: string]: CollectionMethod } => {
  const published = new PublishedCollection(collection, options);
  const methods: { [method: string]: CollectionMethod } = {
    insertOne: (document, given) => published.insert('insertOne', own('insertOne'), document, given),
    insertMany: (documents, given) => published.insert('insertMany', own('insertMany'), documents, given),
  };
  for (const [name, at] of Object.entries({ ...UPDATES, ...DELETES })) {
    methods[name] = (...args) => published.change(name, own(name), args, at);
  }
  for (const [name, why] of Object.entries(REFUSED)) {
    methods[name] = async () => {
      throw new UnpublishableError('unpublishable-method', collection.name, why);
    };
  }
  return methods;
};

class PublishedCollection {
  readonly #collection: MongooseCollection;
  readonly #options: ChangeRecorderOptions;

  constructor(collection: MongooseCollection, options: ChangeRecorderOptions) {
    this.#collection = collection;
    this.#options = options;
  }

  async insert(name: string, own: CollectionMethod, given: unknown, more: unknown): Promise<unknown> {
    const options = (more ?? {}) as WriteOptions;
    const recorder = this.#recorder(name, options);
    const result = (await own(given, options)) as { insertedId?: unknown; insertedIds?: object };
    const ids = result.insertedIds ? Object.values(result.insertedIds) : [result.insertedId];
    for (const id of ids) await recorder.record(id, undefined);
    return result;
  }

  /**
   * Lets a method change one document, which is chosen beforehand: the transaction's snapshot makes it the one
   * that the method would have found.
   */
  async change(name: string, own: CollectionMethod, args: readonly unknown[], at: number): Promise<unknown> {
    const options = (args[at] ?? {}) as WriteOptions;
    const recorder = this.#recorder(name, options);
    const filter = (args[0] ?? {}) as Given;
    const { sort, collation } = options;
    const before = await recorder.find(filter, {
      ...(sort ? { sort } : {}),
      ...(collation ? { collation } : {}),
    });
    if (!before) return this.#upsert(recorder, own, args, { filter, options });
    const result = await own({ ...filter, _id: { $eq: before._id } }, ...args.slice(1));
    await recorder.record(before._id, before);
    return result;
  }

  async #upsert(
    recorder: ChangeRecorder,
    own: CollectionMethod,
    args: readonly unknown[],
    { filter, options }: { filter: Given; options: WriteOptions },
  ): Promise<unknown> {
    if (!options.upsert) return own(...args);
    const id = idIn(filter);
    if (id === undefined) {
      const why =
        'an upsert by other fields than _id does not say what it made: look the document up first, in the same ' +
        'transaction, and create or update it';
      throw new UnpublishableError('upsert-without-id', this.#collection.name, why);
    }
    const result = await own(...args);
    await recorder.record(id, undefined);
    return result;
  }

  #recorder(name: string, { session }: WriteOptions): ChangeRecorder {
    if (!isInTransaction(session)) {
      const why =
        `${name} would change the collection without an event, since it is in no transaction: use ` +
        'connection.transaction(async (session) => …) and hand the session to every write in it';
      throw new UnpublishableError('no-transaction', this.#collection.name, why);
    }
    return new ChangeRecorder(this.#options, dbOf(this.#collection.conn), session);
  }
}

const isInTransaction = (session: ClientSession | undefined): session is ClientSession =>
  session?.inTransaction() === true;

/** The one `_id` that a filter allows. */
const idIn = ({ _id }: Given): unknown => {
  if (typeof _id !== 'object' || _id === null || '_bsontype' in _id) return _id;
  const operators = Object.keys(_id).filter((key) => key.startsWith('$'));
  if (operators.length === 0) return _id;
  return operators.length === 1 && operators[0] === '$eq' ? _id.$eq : undefined;
};
