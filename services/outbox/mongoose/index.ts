export type { EntityChange, EventTypeOf } from '../entity-change.ts';
export { UnpublishableError } from '../errors.ts';
export { type MongooseOutboxOptions, mongooseOutbox, openMongooseOutbox } from '../mongoose-outbox.ts';
