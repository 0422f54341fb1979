import type { Clock, EntityDefinition } from '../../core/index.ts';
import type { ChangeFeed } from '../changes/change-feed.ts';
import { type ClusterTime, compareClusterTimes, formatClusterTime } from '../changes/cluster-time.ts';
import { type Commit, CommitGroups } from '../changes/commit-groups.ts';
import type { FeedPosition, PositionStore } from '../changes/position-store.ts';
import { findUnexplained, type UnexplainedWrite } from './find-unexplained.ts';
import type { KeptWrite, UnexplainedStore } from './unexplained-store.ts';
import { slotOf, type WatchedChange } from './watched-change.ts';
import type { WriteSites } from './write-sites.ts';

/** What is watched, and where what is found goes. */
export interface UnexplainedWatchOptions {
  /** Required. Under which the position is kept. */
  readonly name: string;
  /** Required. Those whose collections the feed sees. */
  readonly entities: readonly EntityDefinition[];
  /** Required. A `MongoChangeFeed` with a `watchView`. */
  readonly feed: ChangeFeed<WatchedChange>;
  readonly positions: PositionStore;
  readonly store: UnexplainedStore;
  /** Optional: defaults to none. Where writes were made, if that was recorded. */
  readonly sites?: WriteSites;
  readonly clock: Clock;
  /** Required. How often the position is saved; what is found is kept before. */
  readonly saveEveryMs: number;
  /** Required. Unexplained writes that are held before they are kept. */
  readonly maxHeld: number;
  readonly observe: (event: WatchEvent) => void;
}

/** What a watch has to tell, for logs and metrics. */
export type WatchEvent =
  | { readonly type: 'watching'; readonly sinceMs: number; readonly isResumed: boolean }
  /** `added`: how many of them were not found before. */
  | { readonly type: 'found'; readonly writes: readonly KeptWrite[]; readonly added: number }
  /** `checked`: how many writes, explained or not, were looked at since the last time. */
  | { readonly type: 'saved'; readonly position: FeedPosition; readonly checked: number };

/**
 * Watches entities' collections for writes that bypassed the outbox (law 5): each change must have an outbox
 * row of the same transaction and key. What it finds is kept before its position moves on, so that it may be
 * killed at any time. It holds the changes of open transactions, and `maxHeld` writes.
 */
export class UnexplainedWatch {
  readonly #options: UnexplainedWatchOptions;
  readonly #streams: ReadonlyMap<string, string>;
  #held: UnexplainedWrite[] = [];
  #place: Place = { token: '', clusterTime: null, startedAtMs: 0 };
  #saveAtMs = 0;
  #checked = 0;

  constructor(options: UnexplainedWatchOptions) {
    this.#options = options;
    this.#streams = new Map(options.entities.map(({ collection, stream }) => [collection, stream]));
  }

  /**
   * Watches from where it stood, or from now, until `signal` aborts or the time `until` has been passed.
   * @throws ChangeStreamHistoryLostError when MongoDB no longer knows what came after its position.
   */
  async run({ signal, until }: { signal: AbortSignal; until?: ClusterTime }): Promise<void> {
    const { feed } = this.#options;
    const { token } = await this.#begin();
    const groups = new CommitGroups<WatchedChange>({ token, slotOf });
    for await (const item of feed.follow(token, signal)) {
      for (const commit of groups.add(item)) this.#take(commit);
      const isIdle = item.clusterTime === undefined;
      if (isIdle && (groups.isOpen || until)) await feed.nudge();
      if (isIdle || this.#held.length >= this.#options.maxHeld) await this.#keep();
      const isDone = hasPassed(item.clusterTime, until) && !groups.isOpen;
      if (isDone || this.#options.clock.nowMs() >= this.#saveAtMs) await this.#save();
      if (isDone) return;
    }
    await this.#save();
  }

  /** Where a new watch begins is saved at once. */
  async #begin(): Promise<Place> {
    const { positions, name, clock, feed, saveEveryMs, observe } = this.#options;
    const stored = await positions.load(name);
    this.#held = [];
    this.#checked = 0;
    this.#place = stored ?? { token: await feed.now(), clusterTime: null, startedAtMs: clock.nowMs() };
    this.#saveAtMs = clock.nowMs() + saveEveryMs;
    observe({ type: 'watching', sinceMs: this.#place.startedAtMs, isResumed: stored !== undefined });
    if (!stored) await this.#save();
    return this.#place;
  }

  #take({ changes, token, clusterTime }: Commit<WatchedChange>): void {
    this.#held.push(...findUnexplained(changes, this.#streams));
    this.#checked += changes.filter(({ kind }) => kind === 'write').length;
    this.#place = {
      startedAtMs: this.#place.startedAtMs,
      token,
      clusterTime: clusterTime ? formatClusterTime(clusterTime) : this.#place.clusterTime,
    };
  }

  async #keep(): Promise<void> {
    if (this.#held.length === 0) return;
    const { sites, store, observe } = this.#options;
    const writes: KeptWrite[] = [];
    for (const write of this.#held) writes.push({ ...write, site: await sites?.find(write) });
    const added = await store.add(writes);
    this.#held = [];
    observe({ type: 'found', writes, added });
  }

  /** What was found is kept before the position moves on. */
  async #save(): Promise<void> {
    await this.#keep();
    const { positions, name, clock, saveEveryMs, observe } = this.#options;
    this.#saveAtMs = clock.nowMs() + saveEveryMs;
    const position = { ...this.#place, savedAtMs: clock.nowMs() };
    await positions.save(name, position);
    observe({ type: 'saved', position, checked: this.#checked });
    this.#checked = 0;
  }
}

type Place = Omit<FeedPosition, 'savedAtMs'>;

const hasPassed = (at: ClusterTime | undefined, until: ClusterTime | undefined): boolean =>
  at !== undefined && until !== undefined && compareClusterTimes(at, until) > 0;
