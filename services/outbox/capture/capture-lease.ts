import type { Db } from 'mongodb';
import { type LeaseRow, MongoLease } from '../mongo-lease.ts';
import type { RelayLease } from '../relay-lease.ts';

const leasesOf = (db: Db, captured: string) => db.collection<LeaseRow>(`_banyan_capture_${captured}`);

/** Lets one capture of a collection lead, and keeps where it stands: as the relay's lease, beside it. */
export const captureLease = (options: { db: Db; collection: string; ttlMs: number }): RelayLease => {
  const { db, collection, ttlMs } = options;
  // A database in which the relay's lease is this one's.
  const own: Pick<Db, 'collection'> = { collection: () => leasesOf(db, collection) as never };
  return new MongoLease({ db: own as Db, ttlMs });
};

/** Forgets where the captures of a collection stood: the next one begins now. */
export const forgetCapture = async (options: { db: Db; collection: string }): Promise<void> => {
  await leasesOf(options.db, options.collection).deleteMany({});
};
