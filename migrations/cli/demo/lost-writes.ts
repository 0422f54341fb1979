import { type Db, ObjectId } from 'mongodb';
import { ENTITY_SLICE, versionOf } from '../../../services/core/index.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';
import type { ExpectedUser, Ledger } from './ledger.ts';

export interface Stores {
  readonly db: Db;
  /** The sinks, by plan; each must hold what was acknowledged, or have deleted it. */
  readonly sinks: { readonly [plan: string]: VersionedStore };
}

/** Every acknowledged write that MongoDB or a sink does not show, as a sentence; none, if all is well. */
export const lostWrites = async (ledger: Ledger, stores: Stores): Promise<string[]> => {
  const users = [...ledger.users.values()];
  return [
    ...(await lostAtTheSource(users, stores.db)),
    ...(await lostFollows(ledger, stores.db)),
    ...(await lostYubls(ledger, stores.db)),
    ...(await lostInSinks(users, stores.sinks)),
  ];
};

const lostAtTheSource = async (users: readonly ExpectedUser[], db: Db): Promise<string[]> => {
  const ids = users.map((user) => new ObjectId(user.id));
  const found = await db
    .collection('users')
    .find({ _id: { $in: ids } })
    .toArray();
  const byId = new Map(found.map((document) => [String(document._id), document]));
  return users.flatMap((user) => {
    const document = byId.get(user.id);
    if (user.deleted) return document ? [`user ${user.id} was deleted and is back in MongoDB`] : [];
    if (!document) return [`user ${user.id} is missing in MongoDB`];
    const older = versionOf(document, ENTITY_SLICE) < user.version;
    return older || differs(document, user.profile)
      ? [`the last write of user ${user.id} is missing in MongoDB`]
      : [];
  });
};

const lostFollows = async (ledger: Ledger, db: Db): Promise<string[]> => {
  const rows = await db.collection('follows').find().toArray();
  const kept = new Set(rows.map((row) => `${row.followerId} ${row.followeeId}`));
  return ledger
    .follows()
    .filter((pair) => !kept.has(pair.join(' ')))
    .map(([follower, followee]) => `${follower} does not follow ${followee} any more`);
};

const lostYubls = async (ledger: Ledger, db: Db): Promise<string[]> => {
  const authors = [...ledger.users.values()].filter((user) => user.deleted).map((user) => user.id);
  const ids = [...ledger.yubls.keys()].filter((id) => !authors.includes(ledger.yubls.get(id) ?? ''));
  const kept = await db
    .collection('yubls')
    .countDocuments({ _id: { $in: ids.map((id) => new ObjectId(id)) } });
  return kept === ids.length ? [] : [`${ids.length - kept} yubls are missing in MongoDB`];
};

const lostInSinks = async (users: readonly ExpectedUser[], sinks: Stores['sinks']): Promise<string[]> => {
  const lost: string[] = [];
  for (const [plan, sink] of Object.entries(sinks)) {
    const records = await sink.get(users.map((user) => user.id));
    users.forEach((user, at) => {
      const state = records[at]?.state ?? null;
      if (user.deleted && state) lost.push(`user ${user.id} was deleted and is still in the sink of ${plan}`);
      if (user.deleted) return;
      if (!state || differs(state, user.profile))
        lost.push(`the last write of user ${user.id} is missing in ${plan}`);
    });
  }
  return lost;
};

/** Whether a field that both know differs; a sink may hold only some of the fields, under other names. */
const differs = (state: { readonly [field: string]: unknown }, profile: ExpectedUser['profile']): boolean =>
  Object.entries(profile).some(([field, value]) => field in state && state[field] !== value);
