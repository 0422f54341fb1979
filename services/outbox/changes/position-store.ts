import type { ResumeToken } from '../outbox-feed.ts';

/** How far a follower has dealt with a database's changes. */
export interface FeedPosition {
  /** Following from here misses nothing. */
  readonly token: ResumeToken;
  /** The same place as a time, `seconds.increment`; `null` before the first change. */
  readonly clusterTime: string | null;
  /** When the follower began: nothing before was looked at. */
  readonly startedAtMs: number;
  readonly savedAtMs: number;
}

/** Keeps followers' positions, by their names. */
export interface PositionStore {
  /** `undefined` for a follower that never saved. */
  load(name: string): Promise<FeedPosition | undefined>;
  save(name: string, position: FeedPosition): Promise<void>;
}
