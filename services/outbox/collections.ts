import type { Collection, Db, ObjectId } from 'mongodb';
import type { Version } from '../core/index.ts';

/** One event on its way to a stream, committed together with the state that it tells of. */
export interface OutboxRow {
  /** Also the event's id. */
  readonly _id: ObjectId;
  /** The stream's logical name. */
  readonly stream: string;
  /** The entity key: what the stream orders by. */
  readonly key: string;
  /** The CloudEvent, as JSON. */
  readonly event: string;
  /** By the clock of whoever wrote it. */
  readonly createdAt: Date;
  /** When the relay knew that the stream has it; a while later the row expires. */
  readonly acknowledgedAt?: Date | null;
}

/** The versions that a deleted document left: a new document of its key starts above them. Never expires. */
export interface FloorRow {
  readonly _id: { readonly collection: string; readonly key: string };
  readonly versions: { readonly [slice: string]: Version };
}

/** The outbox of a database: its collection `outbox`. */
export const outboxOf = (db: Db): Collection<OutboxRow> => db.collection<OutboxRow>('outbox');

/** The floors of a database: its collection `_banyan_floors`. */
export const floorsOf = (db: Db): Collection<FloorRow> => db.collection<FloorRow>('_banyan_floors');
