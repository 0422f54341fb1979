import { MongoClient, ObjectId } from 'mongodb';
import { systemClock } from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { serveParent } from '../child.ts';
import { benchUser } from './backlog.ts';
import { monotonicMs } from './monotonic.ts';

export interface WriterInput {
  readonly mongoUri: string;
  readonly database: string;
  readonly writesPerSecond: number;
  readonly writes: number;
  readonly users: number;
}

/** Updates users at a steady pace, however long MongoDB takes for each, and answers how long it took for all. */
await serveParent<WriterInput, null, { elapsedMs: number }>(async (input, parent) => {
  const client = await new MongoClient(input.mongoUri, { minPoolSize: 4 }).connect();
  const db = client.db(input.database);
  const outbox = new Outbox({ client, db, clock: systemClock, source: '/bench' });
  const ids = Array.from({ length: input.users }, () => new ObjectId());
  await db.collection<{ _id: ObjectId }>(userEntity.collection).insertMany(ids.map((id) => benchUser(id, 0)));
  const write = (count: number) =>
    outbox.transaction((tx) =>
      tx.update(userEntity, ids[count % ids.length], { inc: { followerCount: 1 } }, 'user.followed'),
    );
  await parent.ready(null);
  const writes: Promise<unknown>[] = [];
  const startedAtMs = monotonicMs();
  while (writes.length < input.writes) {
    const due = Math.floor(((monotonicMs() - startedAtMs) * input.writesPerSecond) / 1000);
    while (writes.length < Math.min(due, input.writes)) writes.push(write(writes.length));
    await systemClock.sleep(1);
  }
  await Promise.all(writes);
  return { elapsedMs: monotonicMs() - startedAtMs };
});
