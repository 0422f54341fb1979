import type { Db } from 'mongodb';
import type { Clock } from '../core/index.ts';
import { type LeaseRow, leasesOf } from './mongo-lease.ts';
import { MongoOutboxFeed } from './mongo-outbox-feed.ts';
import type { Trouble } from './relay-trouble.ts';

/** What MongoDB knows of the relays of an outbox, whether or not one runs. */
export interface StoredRelayStatus {
  /** Who leads now; `null` when nobody does. */
  readonly leader: string | null;
  /** How often the leader changed. */
  readonly epoch: number;
  /** When the resume token was saved last; `null` before the first time. */
  readonly tokenSavedAtMs: number | null;
  /** Rows that nobody acknowledged yet, and since when the oldest waits. */
  readonly lagRows: number;
  readonly lagSeconds: number;
  readonly oldestUnacknowledgedAtMs: number | null;
  /** What keeps the leader from its work, as it said within the last seconds. */
  readonly trouble: Trouble | null;
}

/** Reads how publishing goes from MongoDB alone. */
export const readRelayStatus = async (options: { db: Db; clock: Clock }): Promise<StoredRelayStatus> => {
  const { db, clock } = options;
  const [lease] = await leasesOf(db)
    .aggregate<LeaseRow & { isHeld: boolean }>([
      { $match: { _id: 'outbox' } },
      { $set: { isHeld: { $gt: ['$expiresAt', '$$NOW'] } } },
    ])
    .toArray();
  const { rows, oldestCreatedAtMs } = await new MongoOutboxFeed({ db, clock }).backlog();
  const waitedMs = oldestCreatedAtMs === undefined ? 0 : clock.nowMs() - oldestCreatedAtMs;
  return {
    leader: lease?.isHeld ? lease.holder : null,
    epoch: lease?.epoch ?? 0,
    tokenSavedAtMs: lease?.tokenSavedAt?.getTime() ?? null,
    lagRows: rows,
    lagSeconds: Math.max(0, waitedMs / 1000),
    oldestUnacknowledgedAtMs: oldestCreatedAtMs ?? null,
    trouble: lease?.isHeld && lease.trouble ? troubleOf(lease.trouble) : null,
  };
};

const troubleOf = ({ message, since }: NonNullable<LeaseRow['trouble']>): Trouble => ({
  message,
  sinceMs: since.getTime(),
});
