import type { ClientSession, Db } from 'mongodb';
import { BanyanError, type Clock, ENTITY_SLICE, NO_VERSION, versionOf } from '../core/index.ts';
import { outboxOf } from './collections.ts';
import { type Change, outboxRowOf } from './outbox-row.ts';

/** The event of a change, and the transaction that makes it. */
export interface RecordEventOptions extends Change {
  /** Required. The session whose transaction writes the document. */
  readonly session: ClientSession;
  /** Required. Where the document lives; the outbox lives beside it. */
  readonly db: Db;
  /** Required. Stamps the row and the event. */
  readonly clock: Clock;
  /** Required. The producer, as a URI reference. */
  readonly source: string;
}

/**
 * Adds the event of a change that the caller writes by itself, in the same transaction, after that write: the
 * order of a key's rows is the order of its writes. The document must carry the versions of its slices, as
 * `advancedVersions` sets them (law 2).
 * @throws BanyanError `no-transaction` or `no-version`; UnpublishableError when it cannot be a row.
 */
export const recordEvent = async (options: RecordEventOptions): Promise<void> => {
  const { session, db, clock, source, ...change } = options;
  if (!session.inTransaction()) {
    throw new BanyanError('no-transaction', 'an event needs the transaction of the write that it tells of');
  }
  if (versionOf(change.document, ENTITY_SLICE) === NO_VERSION) {
    throw new BanyanError('no-version', `the ${change.entity.name} has no _banyan.entity: advance it first`);
  }
  await outboxOf(db).insertOne(outboxRowOf(change, source, clock.nowMs()), { session });
};
