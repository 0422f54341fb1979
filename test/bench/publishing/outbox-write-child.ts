import { MongoClient, ObjectId } from 'mongodb';
import { systemClock } from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { serveParent } from '../child.ts';
import { benchUser } from './backlog.ts';
import { monotonicMs } from './monotonic.ts';

export interface OutboxWriteInput {
  readonly mongoUri: string;
  readonly database: string;
  readonly writes: number;
  /** Writes that come first and are not measured. */
  readonly warmUp: number;
}

/** How long each write took, in its order. */
export interface OutboxWriteResult {
  readonly withMs: readonly number[];
  readonly withoutMs: readonly number[];
}

const USERS = 1_000;
const MAJORITY = {
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority' },
  readPreference: 'primary',
} as const;

/** One client's requests, one after the other: with the outbox and without it, write by write in turn. */
await serveParent<OutboxWriteInput, null, OutboxWriteResult>(async (input, parent) => {
  const client = await new MongoClient(input.mongoUri).connect();
  const db = client.db(input.database);
  const users = db.collection<{ _id: ObjectId }>(userEntity.collection);
  const outbox = new Outbox({ client, db, clock: systemClock, source: '/bench' });
  const ids = Array.from({ length: USERS }, () => new ObjectId());
  await users.insertMany(ids.map((id) => benchUser(id, 0)));
  const changes = (count: number) => ({ firstName: `Wilhelmina ${count}`, bio: `Grows ${count} banyans.` });
  const withOutbox = (id: ObjectId, count: number) =>
    outbox.transaction((tx) => tx.update(userEntity, id, { set: changes(count) }, 'user.profile-updated'));
  const without = (id: ObjectId, count: number) =>
    client.withSession((session) =>
      session.withTransaction(
        () =>
          users.findOneAndUpdate({ _id: id }, { $set: changes(count) }, { session, returnDocument: 'after' }),
        MAJORITY,
      ),
    );
  const timed = async (write: typeof without | typeof withOutbox, count: number): Promise<number> => {
    const startedAtMs = monotonicMs();
    await write(ids[count % ids.length] ?? new ObjectId(), count);
    return monotonicMs() - startedAtMs;
  };
  await parent.ready(null);
  const result: { withMs: number[]; withoutMs: number[] } = { withMs: [], withoutMs: [] };
  for (let count = 0; count < input.warmUp + input.writes; count += 1) {
    const first = count % 2 === 0 ? await timed(without, count) : undefined;
    const withMs = await timed(withOutbox, count);
    const withoutMs = first ?? (await timed(without, count));
    if (count < input.warmUp) continue;
    result.withMs.push(withMs);
    result.withoutMs.push(withoutMs);
  }
  return result;
});
