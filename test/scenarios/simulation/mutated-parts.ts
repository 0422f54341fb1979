import type { StreamReader } from '../../../infra/local/event-source-mapping/index.ts';
import type { VirtualClock } from '../../../services/core/index.ts';
import type { CapturedChange } from '../../../services/outbox/capture/captured-change.ts';
import type { ChangeFeed } from '../../../services/outbox/changes/change-feed.ts';
import { LeaseLostError } from '../../../services/outbox/errors.ts';
import type { OutboxFeed, PendingRow, ResumeToken } from '../../../services/outbox/outbox-feed.ts';
import type { Grant, RelayLease } from '../../../services/outbox/relay-lease.ts';

/** An outbox that is followed by the order of its ids. */
export const followedById = (
  feed: OutboxFeed,
  rows: readonly PendingRow[],
  clock: VirtualClock,
): OutboxFeed => ({
  ...plain(feed),
  async *follow(after, signal) {
    let last = Number(after ?? '0');
    while (!signal.aborted) {
      const next = rows.filter((row) => Number(row.id) > last).sort((a, b) => Number(a.id) - Number(b.id))[0];
      if (next) last = Number(next.id);
      yield { row: next, token: String(last), positionMs: clock.nowMs() };
      if (!next) await clock.sleep(200);
    }
  },
});

/** An outbox whose acknowledgements cover every row up to the last one of them. */
export const acknowledgedByRange = (feed: OutboxFeed, rows: readonly PendingRow[]): OutboxFeed => ({
  ...plain(feed),
  acknowledge: (ids) => {
    const last = Math.max(...ids.map(Number));
    return feed.acknowledge(rows.filter((row) => Number(row.id) <= last).map((row) => row.id));
  },
});

/** An outbox without a sweeper. */
export const unswept = (feed: OutboxFeed): OutboxFeed => ({ ...plain(feed), async *pending() {} });

/** An outbox and a lease that saves how far it was read, instead of how far it is acknowledged. */
export const savedAsRead = (feed: OutboxFeed, lease: RelayLease): { feed: OutboxFeed; lease: RelayLease } => {
  let read: ResumeToken | null = null;
  return {
    feed: {
      ...plain(feed),
      async *follow(after, signal) {
        for await (const item of feed.follow(after, signal)) {
          read = item.token;
          yield item;
        }
      },
    },
    lease: {
      acquire: (holder) => lease.acquire(holder),
      renew: (grant) => lease.renew(grant, read),
      release: (grant) => lease.release(grant, read),
    },
  };
};

/** A lease that saves a token whoever leads. */
export const unfenced = (lease: RelayLease, onSaved: (token: ResumeToken) => void): RelayLease => {
  let latest: Grant | undefined;
  const save = async (grant: Grant, token: ResumeToken | null, by: RelayLease['renew']): Promise<void> => {
    try {
      await by(grant, token);
    } catch (thrown) {
      if (!(thrown instanceof LeaseLostError) || !latest || token === null) throw thrown;
      await lease.renew({ ...latest }, token);
      onSaved(token);
      throw thrown;
    }
  };
  return {
    acquire: async (holder) => {
      const grant = await lease.acquire(holder);
      latest = grant ?? latest;
      return grant;
    },
    renew: (grant, token) => save(grant, token, (g, t) => lease.renew(g, t)),
    release: (grant, token) => save(grant, token, (g, t) => lease.release(g, t)),
  };
};

/** A captured collection whose tokens are those of single changes, in the midst of a transaction as well. */
export const tokenPerChange = (
  changes: ChangeFeed<CapturedChange>,
  feedOf: (changes: ChangeFeed<CapturedChange>) => OutboxFeed,
): OutboxFeed => {
  let last: ResumeToken | undefined;
  const watched: ChangeFeed<CapturedChange> = {
    now: () => changes.now(),
    nudge: () => changes.nudge(),
    async *follow(after, signal) {
      for await (const item of changes.follow(after, signal)) {
        last = item.token;
        yield item;
      }
    },
  };
  const feed = feedOf(watched);
  return {
    ...plain(feed),
    async *follow(after, signal) {
      last = undefined;
      for await (const item of feed.follow(after, signal)) {
        yield { ...item, token: last ?? item.token };
      }
    },
  };
};

/** A stream whose records are spread over the lanes of a mapping one by one. */
export const withoutKeys = (reader: StreamReader): StreamReader => ({
  describe: () => reader.describe(),
  iterator: (shardId, position) => reader.iterator(shardId, position),
  read: async (iterator, limit) => {
    const result = await reader.read(iterator, limit);
    const records = result.records.map((record) => ({ ...record, partitionKey: record.sequenceNumber }));
    return { ...result, records };
  },
});

/** A feed's methods as properties, to be replaced one by one. */
const plain = (feed: OutboxFeed): OutboxFeed => ({
  follow: (after, signal) => feed.follow(after, signal),
  pending: (query) => feed.pending(query),
  acknowledge: (ids) => feed.acknowledge(ids),
  backlog: () => feed.backlog(),
});
