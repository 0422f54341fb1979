import { EJSON } from 'bson';
import type { ChangeStreamInsertDocument, Db } from 'mongodb';
import { type OutboxRow, outboxOf } from '../../../services/outbox/index.ts';
import { eventName } from './arrivals.ts';

/** When MongoDB committed each of so many rows, by its own clock, in whole milliseconds: read from its oplog. */
export const commitTimes = async (db: Db, token: string, rows: number): Promise<Map<string, number>> => {
  const changes = outboxOf(db).watch<OutboxRow, ChangeStreamInsertDocument<OutboxRow>>(
    [{ $match: { operationType: 'insert' } }],
    { startAfter: EJSON.parse(token) },
  );
  const times = new Map<string, number>();
  while (times.size < rows) {
    const change = await changes.tryNext();
    if (change?.wallTime)
      times.set(eventName(JSON.parse(change.fullDocument.event)), change.wallTime.getTime());
  }
  await changes.close();
  return times;
};
