import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import { outboxOf } from '../../../services/outbox/index.ts';
import { serveParent } from '../child.ts';
import { type Contended, cpuMsSince } from './contended.ts';
import { monotonicMs } from './monotonic.ts';
import type { PublishingInput } from './publishing-input.ts';

/** A change stream with the relay's options and nothing behind it. */
await serveParent<PublishingInput, null, Contended>(async (input, parent) => {
  const client = await new MongoClient(input.mongoUri).connect();
  const outbox = outboxOf(client.db(input.database));
  await parent.ready(null);
  const startedCpu = process.cpuUsage();
  const startedAtMs = monotonicMs();
  const changes = outbox.watch([{ $match: { operationType: 'insert' } }], {
    readConcern: { level: 'majority' },
    batchSize: 1_000,
    maxAwaitTimeMS: 500,
    startAfter: EJSON.parse(input.token),
  });
  for (let events = 0; events < input.events; ) if (await changes.tryNext()) events += 1;
  const elapsedMs = monotonicMs() - startedAtMs;
  await changes.close();
  return { elapsedMs, cpuMs: cpuMsSince(startedCpu) };
});
