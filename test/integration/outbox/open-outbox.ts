import type { ObjectId } from 'mongodb';
import {
  type Clock,
  type EntityDefinition,
  type EntityEvent,
  parseEvents,
  systemClock,
} from '../../../services/core/index.ts';
import { Outbox, outboxOf } from '../../../services/outbox/index.ts';
import { freshDatabase } from '../../support/engines.ts';

/** An entity with two slices, one field in both and one in neither. */
export const thingEntity: EntityDefinition = {
  name: 'thing',
  collection: 'things',
  stream: 'things',
  slices: { labels: ['name', 'colour'], sizes: ['size', 'colour'] },
};

export interface Thing {
  _id: ObjectId | string | number;
  [field: string]: unknown;
}

/** An outbox in a database of its own, and what its events say. */
export const openOutbox = async (options: { clock?: Clock; uri?: string } = {}) => {
  const { client, db, drop } = await freshDatabase(options.uri);
  const outbox = new Outbox({ client, db, clock: options.clock ?? systemClock, source: '/test' });
  await outbox.open();
  const rows = () => outboxOf(db).find().sort({ $natural: 1 }).toArray();
  const events = async (): Promise<EntityEvent[]> => (await rows()).flatMap((row) => parseEvents(row.event));
  const things = db.collection<Thing>('things');
  return { client, db, drop, outbox, rows, events, things };
};
