import { type ChangeStreamInsertDocument, MongoClient } from 'mongodb';
import { type OutboxRow, outboxOf } from '../../../services/outbox/index.ts';
import { serveParent } from '../child.ts';
import { type ArrivalTimes, eventName, preciseNowMs } from './arrivals.ts';

/** A change stream with the relay's options that only notes when what arrives, until the parent says stop. */
await serveParent<{ mongoUri: string; database: string }, null, ArrivalTimes>(async (input, parent) => {
  const client = await new MongoClient(input.mongoUri).connect();
  const changes = outboxOf(client.db(input.database)).watch<OutboxRow, ChangeStreamInsertDocument<OutboxRow>>(
    [{ $match: { operationType: 'insert' } }],
    {
      readConcern: { level: 'majority' },
      batchSize: 1_000,
      maxAwaitTimeMS: 500,
    },
  );
  await changes.tryNext();
  await parent.ready(null);
  const arrivedAtMs: { [eventName: string]: number } = {};
  while (!parent.stop.aborted) {
    const change = await changes.tryNext();
    if (change) arrivedAtMs[eventName(JSON.parse(change.fullDocument.event))] = preciseNowMs();
  }
  await changes.close();
  return arrivedAtMs;
});
