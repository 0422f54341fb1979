import { PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { EJSON } from 'bson';
import { type ChangeStreamInsertDocument, MongoClient } from 'mongodb';
import { type OutboxRow, outboxOf } from '../../../services/outbox/index.ts';
import { serveParent } from '../child.ts';
import { type Contended, cpuMsSince } from './contended.ts';
import { monotonicMs } from './monotonic.ts';
import { kinesisClientOf, type PublishingInput } from './publishing-input.ts';

const BATCH = 500;
/** As many as the relay has. */
const REQUESTS = 4;

/** Reads and puts, with no order, no retry, no acknowledgement and no token: what a first draft of a relay does. */
await serveParent<PublishingInput, null, Contended>(async (input, parent) => {
  const client = await new MongoClient(input.mongoUri).connect();
  const outbox = outboxOf(client.db(input.database));
  const kinesis = kinesisClientOf(input.kinesis);
  await parent.ready(null);
  const startedCpu = process.cpuUsage();
  const startedAtMs = monotonicMs();
  const changes = outbox.watch<OutboxRow, ChangeStreamInsertDocument<OutboxRow>>(
    [{ $match: { operationType: 'insert' } }],
    { batchSize: 1_000, startAfter: EJSON.parse(input.token) },
  );
  const requests = new Set<Promise<unknown>>();
  const put = async (Records: PutRecordsRequestEntry[]) => {
    const request = kinesis.send(new PutRecordsCommand({ StreamName: input.kinesis.streamName, Records }));
    const ended: Promise<unknown> = request.then(() => requests.delete(ended));
    requests.add(ended);
    if (requests.size >= REQUESTS) await Promise.race(requests);
  };
  let batch: PutRecordsRequestEntry[] = [];
  for (let events = 0; events < input.events; ) {
    const change = await changes.tryNext();
    if (!change) continue;
    events += 1;
    batch.push({ PartitionKey: change.fullDocument.key, Data: Buffer.from(change.fullDocument.event) });
    if (batch.length < BATCH && events < input.events) continue;
    await put(batch);
    batch = [];
  }
  await Promise.all(requests);
  const elapsedMs = monotonicMs() - startedAtMs;
  await changes.close();
  return { elapsedMs, cpuMs: cpuMsSince(startedCpu) };
});
