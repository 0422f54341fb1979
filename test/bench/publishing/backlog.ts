import { EJSON } from 'bson';
import { type Db, type MongoClient, ObjectId } from 'mongodb';
import { microsOf, systemClock } from '../../../services/core/index.ts';
import {
  MongoLease,
  Outbox,
  outboxOf,
  prepareOutbox,
  type ResumeToken,
} from '../../../services/outbox/index.ts';
import { outboxRowOf } from '../../../services/outbox/outbox-row.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';

const INSERTED_AT_ONCE = 1_000;
const WRITERS = 16;

/** A user as the monolith has them; the event of one takes some 800 bytes. */
export const benchUser = (_id: ObjectId, change: number) => ({
  _id,
  username: `user-${_id.toHexString()}`,
  firstName: 'Wilhelmina',
  lastName: 'Featherstonehaugh',
  bio: 'Grows banyans on a balcony; writes about what happens below ground, mostly on Sundays, and now and then about bread.',
  avatarUrl: `https://avatars.example.org/${_id.toHexString()}.png`,
  followerCount: change,
  createdAt: new Date(1_700_000_000_000),
  _banyan: { entity: microsOf(systemClock.nowMs()) + change, profiles: microsOf(1_700_000_000_000) },
});

/** Inserts outbox rows of random ones of `keys` users, as many at once as the driver likes. */
export const insertRows = async (db: Db, options: { rows: number; keys: number }): Promise<void> => {
  const ids = Array.from({ length: options.keys }, () => new ObjectId());
  for (let from = 0; from < options.rows; from += INSERTED_AT_ONCE) {
    const count = Math.min(INSERTED_AT_ONCE, options.rows - from);
    const rows = Array.from({ length: count }, (_, at) => {
      const id = ids[Math.floor(Math.random() * ids.length)] ?? new ObjectId();
      const document = benchUser(id, from + at);
      const change = { entity: userEntity, document, type: 'user.profile-updated', deleted: false };
      return outboxRowOf(change, '/bench', systemClock.nowMs());
    });
    await outboxOf(db).insertMany(rows);
  }
};

/**
 * Changes random ones of `keys` users through the outbox, each in a transaction of its own, as an application does:
 * a change stream takes longer over transactions than over plain inserts.
 */
export const writeBacklog = async (
  client: MongoClient,
  database: string,
  options: { writes: number; keys: number },
): Promise<void> => {
  const db = client.db(database);
  const ids = Array.from({ length: options.keys }, () => new ObjectId());
  await db.collection<{ _id: ObjectId }>(userEntity.collection).insertMany(ids.map((id) => benchUser(id, 0)));
  const outbox = new Outbox({ client, db, clock: systemClock, source: '/bench' });
  let begun = 0;
  const writer = async () => {
    while (begun < options.writes) {
      begun += 1;
      const id = ids[Math.floor(Math.random() * ids.length)];
      await outbox.transaction((tx) =>
        tx.update(userEntity, id, { inc: { followerCount: 1 } }, 'user.followed'),
      );
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
};

/** A place in a new outbox, from which everything that is inserted later is read. */
export const beginOutbox = async (client: MongoClient, database: string): Promise<ResumeToken> => {
  const db = client.db(database);
  await prepareOutbox(db);
  const changes = outboxOf(db).watch();
  await changes.tryNext();
  const token = EJSON.stringify(changes.resumeToken);
  await changes.close();
  await rewind(client, database, token);
  return token;
};

/** Lets the next relay begin at `token`, with nothing acknowledged. */
export const rewind = async (client: MongoClient, database: string, token: ResumeToken): Promise<void> => {
  const db = client.db(database);
  await outboxOf(db).updateMany({ acknowledgedAt: { $ne: null } }, { $unset: { acknowledgedAt: 1 } });
  const lease = new MongoLease({ db, ttlMs: 1_000 });
  const grant = await lease.acquire('bench');
  if (!grant) throw new Error(`the lease of ${database} is taken`);
  await lease.release(grant, token);
};
