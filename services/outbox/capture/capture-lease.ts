import type { Db } from 'mongodb';
import { leasesOf, MongoLease } from '../mongo-lease.ts';
import type { RelayLease } from '../relay-lease.ts';

const leaseName = (collection: string): string => `_banyan_capture_${collection}`;

/** Lets one capture of a collection lead, and keeps where it stands: as the relay's lease, beside it. */
export const captureLease = (options: { db: Db; collection: string; ttlMs: number }): RelayLease =>
  new MongoLease({ db: options.db, ttlMs: options.ttlMs, name: leaseName(options.collection) });

/** Whether a capture publishes the collection, or did: where it stands is kept until it is forgotten. */
export const isCaptured = async (options: { db: Db; collection: string }): Promise<boolean> =>
  (await leasesOf(options.db, leaseName(options.collection)).findOne({}, { readPreference: 'primary' })) !==
  null;

/** Forgets where the captures of a collection stood: the next one begins now. */
export const forgetCapture = async (options: { db: Db; collection: string }): Promise<void> => {
  await leasesOf(options.db, leaseName(options.collection)).deleteMany({});
};
