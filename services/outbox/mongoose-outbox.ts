import type { Clock, EntityDefinition } from '../core/index.ts';
import { type EventTypeOf, plainEventType } from './entity-change.ts';
import { UnpublishableError } from './errors.ts';
import {
  type CollectionMethod,
  dbOf,
  type MongooseCollection,
  type MongooseConnection,
  type MongooseSchema,
} from './mongoose/mongoose-types.ts';
import { publishingMethods } from './mongoose/published-collection.ts';
import { prepareOutbox } from './prepare-outbox.ts';

/** What the plugin publishes a model's documents as. */
export interface MongooseOutboxOptions {
  /** Required. Its collection is the model's. */
  readonly entity: EntityDefinition;
  /** Required. Versions and rows are stamped by it. */
  readonly clock: Clock;
  /** Required. The producer in the events, as a URI reference: `/monolith`. */
  readonly source: string;
  /** Optional: defaults to `….created`, `….updated` and `….deleted`. Names the event of a change. */
  readonly typeOf?: EventTypeOf;
  /** Optional: defaults to none. The W3C trace context of the request under way. */
  readonly traceparent?: () => string | undefined;
}

/**
 * A Mongoose plugin by which a model's writes go out: state, versions and outbox row in one transaction (laws 2,
 * 4 and 5). For Mongoose 9 and later, whose driver is of Banyan's major version.
 *
 * ```ts
 * await openMongooseOutbox(mongoose.connection);
 * userSchema.plugin(mongooseOutbox, { entity: userEntity, clock: systemClock, source: '/monolith' });
 * const User = mongoose.model('User', userSchema);
 * await mongoose.connection.transaction(async (session) => {
 *   const [user] = await User.create([{ username: 'ann' }], { session });
 *   await User.updateOne({ _id: user._id }, { bio: 'hi' }, { session });
 * });
 * ```
 *
 * It stands where Mongoose hands a write to the driver, so no hook, no `middleware: false` and no
 * `Model.collection` passes it by: `create`, `save`, `insertMany`, `updateOne`, `replaceOne`, `findOneAnd…` and
 * `deleteOne`, of models and of documents. Whatever a write is made of, what it did is read off the document
 * before and after it, so it costs three to four more round trips. What would change the collection without
 * an event is refused: a write outside a transaction, `updateMany`, `deleteMany`, `bulkWrite`, `bulkSave`, and an
 * upsert by other fields than `_id`. What passes by Mongoose (the driver itself, `$merge`, `$out`) does not come
 * here: `banyan unexplained watch` finds it.
 *
 * A document without versions counts as version 0. Versions on a returned document are those before the write.
 * @throws UnpublishableError, from the write, with a sentence that says what to do instead.
 */
export const mongooseOutbox = (schema: MongooseSchema, options: MongooseOutboxOptions): void => {
  schema.on('init', ({ collection }) => publishWritesOf(collection, options));
};

/**
 * Makes the outbox's collections and indexes; those that exist cost nothing. Once, at the start.
 * @throws StandaloneError when MongoDB has no transactions, UsageError when the connection is not open.
 */
export const openMongooseOutbox = async (
  connection: MongooseConnection,
  options: { readonly keepAcknowledgedSeconds?: number } = {},
): Promise<void> => prepareOutbox(dbOf(connection), options);

/** Which entity a collection's writes are published as. */
const published = new WeakMap<MongooseCollection, EntityDefinition>();

const publishWritesOf = (collection: MongooseCollection, options: MongooseOutboxOptions): void => {
  const { entity } = options;
  const known = published.get(collection);
  // Several models may share it, as discriminators do.
  if (known === entity) return;
  assertOneEntity(collection, entity, known);
  published.set(collection, entity);
  const methods = collection as unknown as { readonly [method: string]: CollectionMethod };
  const own = Object.getPrototypeOf(collection) as typeof methods;
  const ownMethod =
    (name: string): CollectionMethod =>
    (...args) =>
      own[name]?.apply(collection, args);
  const typeOf = options.typeOf ?? plainEventType(entity);
  Object.assign(collection, publishingMethods(collection, ownMethod, { ...options, typeOf }));
};

const assertOneEntity = (
  { name }: MongooseCollection,
  entity: EntityDefinition,
  known: EntityDefinition | undefined,
): void => {
  if (known) {
    const why = `it is published as ${known.name} already, and cannot be as ${entity.name} too`;
    throw new UnpublishableError('two-entities', name, why);
  }
  if (name === entity.collection) return;
  const why = `the entity ${entity.name} lives in ${entity.collection}: name the model's collection so`;
  throw new UnpublishableError('other-collection', name, why);
};
