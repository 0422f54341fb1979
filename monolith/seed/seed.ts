import type { Db } from 'mongodb';
import { UsageError } from '../../services/core/index.ts';
import { ensureIndexes } from '../app/database/ensure-indexes.ts';
import { KNOWN_PASSWORD_HASH } from './known-password.ts';
import { malformedUsers } from './malformed.ts';
import { followsOf } from './popularity.ts';
import { population } from './population.ts';
import { yublsOf } from './yubls.ts';

const BATCH = 5_000;

export interface Seeded {
  readonly users: number;
  readonly follows: number;
  readonly yubls: number;
  readonly malformed: number;
}

/**
 * Fills an empty database with the monolith's past: documents without versions and without events, straight
 * into the collections, the same ones every time.
 * @throws UsageError when there are users already.
 */
export const seed = async (db: Db, options: { users: number; malformed: number }): Promise<Seeded> => {
  if (await db.collection('users').findOne({}, { projection: { _id: 1 } })) {
    throw new UsageError(`the database ${db.databaseName} has users already: drop it first, or name another`);
  }
  const users = population(options.users);
  const malformed = malformedUsers(options.malformed);
  const credentials = users.map(({ _id, username }) => ({
    _id,
    email: `${username}@example.com`,
    passwordHash: KNOWN_PASSWORD_HASH,
  }));
  const [, , follows, yubls] = await Promise.all([
    insertAll(db, 'users', [...users, ...malformed]),
    insertAll(db, 'credentials', credentials),
    insertAll(db, 'follows', followsOf(users)),
    insertAll(db, 'yubls', yublsOf(users)),
  ]);
  await ensureIndexes(db);
  return { users: users.length, follows, yubls, malformed: malformed.length };
};

const insertAll = async (db: Db, collection: string, documents: Iterable<object>): Promise<number> => {
  let inserted = 0;
  let batch: object[] = [];
  const flush = async () => {
    if (batch.length > 0) await db.collection(collection).insertMany(batch, { ordered: false });
    inserted += batch.length;
    batch = [];
  };
  for (const document of documents) {
    batch.push(document);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return inserted;
};
