import type { Clock } from '../../core/index.ts';
import { Bell } from '../bell.ts';
import type { ResumeToken } from '../outbox-feed.ts';
import type { ChangeFeed, ChangeItem, PlacedChange } from './change-feed.ts';
import { type ClusterTime, compareClusterTimes } from './cluster-time.ts';
import { ChangeStreamHistoryLostError } from './history-lost-error.ts';

const IDLE_MS = 500;

interface Logged<C> {
  readonly change: C | undefined;
  readonly clusterTime: ClusterTime;
}

/** Changes in memory: a token is a place in the log. */
export class MemoryChangeFeed<C extends PlacedChange> implements ChangeFeed<C> {
  readonly #clock: Clock;
  readonly #log: Logged<C>[] = [];
  readonly #followers = new Set<Bell>();
  #firstKnown = 0;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  commit(...changes: C[]): void {
    this.#append(changes.map((change) => ({ change, clusterTime: change.clusterTime })));
  }

  /** What was committed so far can be followed no longer, as when it has left MongoDB's oplog. */
  forgetHistory(): void {
    this.#firstKnown = this.#log.length + 1;
  }

  async nudge(): Promise<void> {
    const now = { t: Math.floor(this.#clock.nowMs() / 1000), i: 1 };
    const last = this.#log.at(-1)?.clusterTime;
    const clusterTime = last && compareClusterTimes(now, last) <= 0 ? { t: last.t, i: last.i + 1 } : now;
    this.#append([{ change: undefined, clusterTime }]);
  }

  async now(): Promise<ResumeToken> {
    return String(this.#log.length);
  }

  async *follow(after: ResumeToken, signal: AbortSignal): AsyncIterable<ChangeItem<C>> {
    let next = Number(after);
    if (next < this.#firstKnown) {
      throw new ChangeStreamHistoryLostError('the follower', 'begin anew');
    }
    const bell = new Bell();
    const ring = () => bell.ring();
    signal.addEventListener('abort', ring);
    this.#followers.add(bell);
    try {
      while (!signal.aborted) {
        if (!this.#log[next]) await bell.wait(this.#clock, IDLE_MS);
        if (signal.aborted) return;
        const logged = this.#log[next];
        if (logged) next += 1;
        yield { change: logged?.change, token: String(next), clusterTime: logged?.clusterTime };
      }
    } finally {
      this.#followers.delete(bell);
      signal.removeEventListener('abort', ring);
    }
  }

  #append(logged: readonly Logged<C>[]): void {
    this.#log.push(...logged);
    for (const follower of this.#followers) follower.ring();
  }
}
