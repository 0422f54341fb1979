import type { Clock } from '../core/index.ts';
import { Bell } from './bell.ts';
import { ResumeTokenLostError } from './errors.ts';
import type { Backlog, FeedItem, OutboxFeed, PendingQuery, PendingRow, ResumeToken } from './outbox-feed.ts';

const IDLE_MS = 500;

/** An outbox in memory: its log of commits is the change stream, and a token is a place in it. */
export class MemoryOutboxFeed implements OutboxFeed {
  readonly #clock: Clock;
  readonly #log: PendingRow[] = [];
  readonly #acknowledged = new Set<string>();
  readonly #followers = new Set<Bell>();
  #firstKnown = 0;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  /** What a transaction does that writes these rows. */
  commit(...rows: PendingRow[]): void {
    this.#log.push(...rows);
    for (const follower of this.#followers) follower.ring();
  }

  /** What was committed so far can be followed no longer, as when it has left MongoDB's oplog. */
  forgetHistory(): void {
    this.#firstKnown = this.#log.length + 1;
  }

  async *follow(after: ResumeToken | null, signal: AbortSignal): AsyncIterable<FeedItem> {
    let next = after === null ? this.#log.length : Number(after);
    if (after !== null && next < this.#firstKnown) throw new ResumeTokenLostError(undefined);
    const bell = new Bell();
    const ring = () => bell.ring();
    signal.addEventListener('abort', ring);
    this.#followers.add(bell);
    try {
      while (!signal.aborted) {
        const row = this.#log[next];
        if (row) next += 1;
        yield { row, token: String(next), positionMs: this.#clock.nowMs() };
        if (!row && !signal.aborted) await bell.wait(this.#clock, IDLE_MS);
      }
    } finally {
      this.#followers.delete(bell);
      signal.removeEventListener('abort', ring);
    }
  }

  async *pending({ createdBeforeMs, isKnown }: PendingQuery): AsyncIterable<PendingRow> {
    for (const row of this.#waiting()) {
      if (row.createdAtMs < createdBeforeMs && !isKnown(row.id)) yield row;
    }
  }

  async acknowledge(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#acknowledged.add(id);
  }

  async backlog(): Promise<Backlog> {
    const waiting = this.#waiting();
    return { rows: waiting.length, oldestCreatedAtMs: waiting[0]?.createdAtMs };
  }

  #waiting(): PendingRow[] {
    return this.#log.filter((row) => !this.#acknowledged.has(row.id));
  }
}
