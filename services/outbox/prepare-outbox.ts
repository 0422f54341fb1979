import type { Db } from 'mongodb';
import { floorsOf, outboxOf } from './collections.ts';
import { StandaloneError } from './errors.ts';

const DAY_SECONDS = 24 * 60 * 60;
const NAMESPACE_EXISTS = 48;
const INDEX_OPTIONS_CONFLICT = 85;

/**
 * Makes the outbox's collections and its index, whoever comes first, the application or the relay.
 * One index does it all: it expires what was acknowledged, and holds what was not, in the order of insertion.
 * @throws StandaloneError when MongoDB has no transactions.
 */
export const prepareOutbox = async (
  db: Db,
  options: { readonly keepAcknowledgedSeconds?: number } = {},
): Promise<void> => {
  await refuseStandalone(db);
  await createCollection(db, outboxOf(db).collectionName);
  await createCollection(db, floorsOf(db).collectionName);
  await expireAcknowledged(db, options.keepAcknowledgedSeconds);
};

const refuseStandalone = async (db: Db): Promise<void> => {
  const hello = await db.command({ hello: 1 });
  if (hello.setName === undefined && hello.msg !== 'isdbgrid') throw new StandaloneError();
};

/** Beforehand, since creating a collection inside a transaction takes a lock and conflicts. */
const createCollection = async (db: Db, name: string): Promise<void> => {
  await db.createCollection(name).catch((thrown: unknown) => {
    if (codeOf(thrown) !== NAMESPACE_EXISTS) throw thrown;
  });
};

const expireAcknowledged = async (db: Db, keepAcknowledgedSeconds: number | undefined): Promise<void> => {
  const expireAfterSeconds = keepAcknowledgedSeconds ?? DAY_SECONDS;
  try {
    await outboxOf(db).createIndex({ acknowledgedAt: 1 }, { expireAfterSeconds });
  } catch (thrown) {
    if (codeOf(thrown) !== INDEX_OPTIONS_CONFLICT) throw thrown;
    // It exists with another time: change it only for somebody who named one.
    if (keepAcknowledgedSeconds === undefined) return;
    const index = { keyPattern: { acknowledgedAt: 1 }, expireAfterSeconds };
    await db.command({ collMod: outboxOf(db).collectionName, index });
  }
};

/** By its field: Mongoose brings a driver of its own, whose errors are no instances of ours. */
const codeOf = (thrown: unknown): unknown =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
