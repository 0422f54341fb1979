import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseEvents, VirtualClock } from '../../../../../services/core/index.ts';
import { CaptureFeed } from '../../../../../services/outbox/capture/capture-feed.ts';
import type { CapturedChange } from '../../../../../services/outbox/capture/captured-change.ts';
import { MemoryChangeFeed } from '../../../../../services/outbox/changes/memory-change-feed.ts';
import type { FeedItem } from '../../../../../services/outbox/index.ts';
import { userEntity } from '../../../../../services/profiles/user-entity.ts';
import { capturedChange } from '../../../../support/captured-changes.ts';

const time = (i: number) => ({ t: 1_700_000_000, i });
const named = (username: string, key = 'a') => ({ _id: key, username });

describe("a capture's feed", () => {
  let clock: VirtualClock;
  let changes: MemoryChangeFeed<CapturedChange>;
  let feed: CaptureFeed;
  let end: AbortController;
  let items: FeedItem[];
  beforeEach(() => {
    clock = new VirtualClock();
    changes = new MemoryChangeFeed<CapturedChange>({ clock });
    feed = new CaptureFeed({
      changes,
      clock,
      entity: userEntity,
      typeOf: ({ operation }) => `user.${operation}`,
      source: '/test',
    });
    end = new AbortController();
    items = [];
  });
  afterEach(() => end.abort());

  const follow = async (after: string | null = null) => {
    const run = (async () => {
      for await (const item of feed.follow(after, end.signal)) items.push(item);
    })();
    run.catch(() => undefined);
    await clock.advance(0);
    return run;
  };
  const start = (after: string | null = null) => void follow(after);
  const told = () =>
    items
      .flatMap(({ row }) => (row ? parseEvents(row.event) : []))
      .map(({ type, subject, version, data }) => `${type} ${subject}@${version} ${data.username}`);

  it('says at once from where it follows', async () => {
    start();
    await clock.advance(0);
    expect(items).toEqual([{ row: undefined, token: '0', positionMs: clock.nowMs() }]);
  });

  it('tells of a single write at once', async () => {
    start();
    await clock.advance(0);
    changes.commit(capturedChange({ clusterTime: time(1), after: named('ann') }));
    await clock.advance(0);
    expect(told()).toEqual(['user.updated a@1700000000000001 ann']);
    expect(items.find(({ row }) => row)?.token).toBe('1');
  });

  it("tells of a key's last state in a transaction, once the transaction is over", async () => {
    const inTransaction = (given: Partial<CapturedChange>) =>
      capturedChange({ transaction: 'x', clusterTime: time(1), ...given });
    start();
    await clock.advance(0);
    changes.commit(
      inTransaction({ key: 'a', before: null, after: named('one') }),
      inTransaction({ key: 'b', after: named('two', 'b') }),
      inTransaction({ key: 'a', before: named('one'), after: named('three') }),
      inTransaction({ key: 'c', before: null, after: named('four', 'c') }),
      inTransaction({ key: 'c', before: named('four', 'c'), after: null }),
    );
    await clock.advance(400);
    expect(told()).toEqual([]);
    expect(items.every(({ token }) => token === '0')).toBe(true);
    // Nobody writes: it moves the stream on by itself.
    await clock.advance(2_000);
    expect(told()).toEqual([
      'user.updated b@1700000000000001 two',
      'user.created a@1700000000000001 three',
      'user.deleted c@1700000000000001 undefined',
    ]);
  });

  it('lets only the last row of a transaction move the token past it', async () => {
    start();
    await clock.advance(0);
    changes.commit(
      capturedChange({ key: 'z', clusterTime: time(1) }),
      capturedChange({ key: 'a', clusterTime: time(2), transaction: 'x' }),
      capturedChange({ key: 'b', clusterTime: time(2), transaction: 'x' }),
      capturedChange({ key: 'c', clusterTime: time(3) }),
    );
    await clock.advance(0);
    const tokens = items.flatMap(({ row, token }) => (row ? [[row.key, token]] : []));
    expect(tokens).toEqual([
      ['z', '1'],
      ['a', '1'],
      ['b', '3'],
      ['c', '4'],
    ]);
  });

  it('goes on after a token', async () => {
    changes.commit(
      capturedChange({ key: 'a', clusterTime: time(1) }),
      capturedChange({ key: 'b', clusterTime: time(2) }),
    );
    start('1');
    await clock.advance(0);
    expect(items.flatMap(({ row }) => row?.key ?? [])).toEqual(['b']);
  });

  it('stops when MongoDB no longer knows what came after a token', async () => {
    changes.commit(capturedChange({ clusterTime: time(1) }));
    changes.forgetHistory();
    await expect(follow('0')).rejects.toMatchObject({ code: 'change-stream-history-lost' });
  });

  it('is behind while there is more to read, and has nothing to sweep', async () => {
    start();
    await clock.advance(0);
    changes.commit(capturedChange({ clusterTime: time(1), transaction: 'x' }));
    await clock.advance(0);
    expect(await feed.backlog()).toEqual({ rows: 1, oldestCreatedAtMs: 1_700_000_000_000 });
    await clock.advance(5_000);
    expect(await feed.backlog()).toEqual({ rows: 0, oldestCreatedAtMs: undefined });
    const swept: unknown[] = [];
    for await (const row of feed.pending()) swept.push(row);
    expect(swept).toEqual([]);
  });
});
