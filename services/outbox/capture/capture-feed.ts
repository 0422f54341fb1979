import type { Clock } from '../../core/index.ts';
import type { ChangeFeed } from '../changes/change-feed.ts';
import { type Commit, CommitGroups } from '../changes/commit-groups.ts';
import type { Backlog, FeedItem, OutboxFeed, PendingRow, ResumeToken } from '../outbox-feed.ts';
import { type CaptureRowOptions, captureRowOf } from './capture-row.ts';
import { type CapturedChange, mergeChanges } from './captured-change.ts';

export interface CaptureFeedOptions extends CaptureRowOptions {
  readonly changes: ChangeFeed<CapturedChange>;
  readonly clock: Clock;
}

/**
 * A collection's changes in the form of an outbox, so that the relay publishes them as it publishes one. There
 * is nothing to sweep and nothing to acknowledge: the oplog is all there is, and the resume token says how much
 * of it is published.
 */
export class CaptureFeed implements OutboxFeed {
  readonly #options: CaptureFeedOptions;
  /** The time that was reached last while there was more to read. */
  #behindSinceMs: number | undefined;

  constructor(options: CaptureFeedOptions) {
    this.#options = options;
  }

  /** @throws ChangeStreamHistoryLostError, which nothing makes good but a new copy. */
  async *follow(after: ResumeToken | null, signal: AbortSignal): AsyncIterable<FeedItem> {
    const { changes } = this.#options;
    const token = after ?? (await changes.now());
    const groups = new CommitGroups<CapturedChange>({ token, slotOf: ({ key }) => key, merge: mergeChanges });
    yield this.#passed(token, undefined);
    for await (const item of changes.follow(token, signal)) {
      const isIdle = item.clusterTime === undefined;
      if (isIdle && groups.isOpen) await changes.nudge();
      let before = groups.token;
      for (const commit of groups.add(item)) {
        yield* this.#itemsOf(commit, before);
        before = commit.token;
      }
      this.#behindSinceMs =
        isIdle && !groups.isOpen ? undefined : item.clusterTime && item.clusterTime.t * 1000;
      yield this.#passed(groups.token, item.clusterTime?.t);
    }
  }

  async *pending(): AsyncIterable<PendingRow> {}

  async acknowledge(): Promise<void> {}

  /** How many changes wait, nobody knows: 1 stands for some. */
  async backlog(): Promise<Backlog> {
    const oldestCreatedAtMs = this.#behindSinceMs;
    return { rows: oldestCreatedAtMs === undefined ? 0 : 1, oldestCreatedAtMs };
  }

  /** Only the commit's last row may move the token past the commit. */
  *#itemsOf(
    { changes, token, clusterTime }: Commit<CapturedChange>,
    before: ResumeToken,
  ): Iterable<FeedItem> {
    const positionMs = this.#positionMs(clusterTime?.t);
    for (const [n, change] of changes.entries()) {
      const isLast = n === changes.length - 1;
      yield { row: captureRowOf(change, this.#options), token: isLast ? token : before, positionMs };
    }
  }

  #passed(token: ResumeToken, seconds: number | undefined): FeedItem {
    return { row: undefined, token, positionMs: this.#positionMs(seconds) };
  }

  #positionMs(seconds: number | undefined): number {
    return seconds === undefined ? this.#options.clock.nowMs() : seconds * 1000;
  }
}
