/** Where a follower stands in the outbox's change stream; opaque. */
export type ResumeToken = string;

/** An outbox row that the stream may not have yet. */
export interface PendingRow {
  /** Of the row, and of its event. */
  readonly id: string;
  /** The stream's logical name. */
  readonly stream: string;
  /** The entity key. */
  readonly key: string;
  /** The CloudEvent, as JSON. */
  readonly event: string;
  /** By the clock of whoever wrote it. */
  readonly createdAtMs: number;
}

/** A committed row, or with no row the news that none was committed up to here. */
export interface FeedItem {
  readonly row: PendingRow | undefined;
  /** Following from here gives what comes after this item. */
  readonly token: ResumeToken;
  /** The time up to which the feed has been followed, by MongoDB's clock or the follower's. */
  readonly positionMs: number;
}

/** Which unacknowledged rows are asked for. */
export interface PendingQuery {
  readonly createdBeforeMs: number;
  /** Rows that are on their way already. */
  isKnown(id: string): boolean;
}

/** The outbox, as the relay reads it. All reads see what a majority has committed, and nothing else. */
export interface OutboxFeed {
  /**
   * Every row in the order of commit, from just after `after`, or from now; while there is none, an item
   * without a row at least every second. Ends when `signal` aborts.
   * @throws ResumeTokenLostError when `after` is older than what MongoDB still knows.
   */
  follow(after: ResumeToken | null, signal: AbortSignal): AsyncIterable<FeedItem>;
  /** Rows nobody acknowledged, those of a key in the order in which they were written. */
  pending(query: PendingQuery): AsyncIterable<PendingRow>;
  /** Marks exactly these rows as published; a repetition changes nothing. */
  acknowledge(ids: readonly string[]): Promise<void>;
  /** How many rows wait, and since when the oldest does. */
  backlog(): Promise<Backlog>;
}

/** What waits to be acknowledged. */
export interface Backlog {
  readonly rows: number;
  /** `undefined` when nothing waits. */
  readonly oldestCreatedAtMs: number | undefined;
}
