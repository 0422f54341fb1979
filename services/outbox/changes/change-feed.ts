import type { ResumeToken } from '../outbox-feed.ts';
import type { ClusterTime } from './cluster-time.ts';

/** What every change tells, whatever else its reader keeps of it. */
export interface PlacedChange {
  /** When it was committed; the mates of one transaction share it. */
  readonly clusterTime: ClusterTime;
  /** The transaction that it is part of; `undefined` for a write that stands alone. */
  readonly transaction: string | undefined;
}

/** A change, or with no change the news that there was none up to here. */
export interface ChangeItem<C extends PlacedChange> {
  readonly change: C | undefined;
  /** Following from here gives what comes after this item, be it in the midst of a transaction. */
  readonly token: ResumeToken;
  /** The time that the feed has reached; `undefined` when nothing came in a while. */
  readonly clusterTime: ClusterTime | undefined;
}

/** The changes of some collections of one database in the order of commit, majority-committed. */
export interface ChangeFeed<C extends PlacedChange> {
  /** Where the feed is: whatever is committed from now on comes after it. */
  now(): Promise<ResumeToken>;
  /**
   * Everything after `after`; an item without a change at least every second. Ends when `signal` aborts.
   * @throws ChangeStreamHistoryLostError when MongoDB no longer knows what came after `after`.
   */
  follow(after: ResumeToken, signal: AbortSignal): AsyncIterable<ChangeItem<C>>;
  /** Makes an idle feed move: an item with a later cluster time follows. */
  nudge(): Promise<void>;
}
