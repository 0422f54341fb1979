import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../../services/core/index.ts';
import { MemoryChangeFeed } from '../../../../../services/outbox/changes/memory-change-feed.ts';
import { MemoryPositionStore } from '../../../../../services/outbox/changes/memory-position-store.ts';
import { MemoryUnexplainedStore } from '../../../../../services/outbox/unexplained/memory-unexplained-store.ts';
import type { KeptWrite } from '../../../../../services/outbox/unexplained/unexplained-store.ts';
import {
  UnexplainedWatch,
  type UnexplainedWatchOptions,
  type WatchEvent,
} from '../../../../../services/outbox/unexplained/unexplained-watch.ts';
import type { WatchedChange } from '../../../../../services/outbox/unexplained/watched-change.ts';
import { userEntity } from '../../../../../services/profiles/user-entity.ts';
import { watchedRow, watchedWrite } from '../../../../support/watched-changes.ts';

const time = (i: number) => ({ t: 1_700_000_000, i });
const bare = (key: string, i: number) => watchedWrite({ key, clusterTime: time(i), transaction: undefined });

const setUp = () => {
  const clock = new VirtualClock();
  const feed = new MemoryChangeFeed<WatchedChange>({ clock });
  const positions = new MemoryPositionStore();
  const store = new MemoryUnexplainedStore();
  const events: WatchEvent[] = [];
  const watch = (more: Partial<UnexplainedWatchOptions> = {}) =>
    new UnexplainedWatch({
      name: 'unexplained',
      entities: [userEntity],
      feed,
      positions,
      store,
      clock,
      saveEveryMs: 5_000,
      maxHeld: 100,
      observe: (event) => events.push(event),
      ...more,
    });
  const keys = async () =>
    (await store.open({ limit: 1_000, failedBeforeMs: Number.MAX_SAFE_INTEGER })).map(({ key }) => key);
  /** Runs a watch while `body` goes on, and lets it stop in good order. */
  const during = async (one: UnexplainedWatch, body: () => Promise<void>) => {
    const stop = new AbortController();
    const run = one.run({ signal: stop.signal });
    await clock.advance(0);
    await body();
    stop.abort();
    await run;
  };
  return { clock, feed, positions, store, events, watch, keys, during };
};

describe('the watch for unexplained writes', () => {
  it('finds a bare write within a second, and passes over what the outbox wrote', async () => {
    const { clock, feed, watch, keys, during } = setUp();
    await during(watch(), async () => {
      feed.commit(watchedWrite({ key: 'a', clusterTime: time(1), version: 4 }));
      feed.commit(watchedRow({ key: 'a', clusterTime: time(1), version: 4 }));
      feed.commit(bare('b', 2));
      await clock.advance(1_000);
      expect(await keys()).toEqual(['b']);
    });
  });

  it('moves an idle feed on to judge an open transaction', async () => {
    const { clock, feed, watch, keys, during } = setUp();
    await during(watch(), async () => {
      feed.commit(watchedWrite({ key: 'a', clusterTime: time(1) }));
      await clock.advance(2_000);
      expect(await keys()).toEqual(['a']);
    });
  });

  it('goes on where it stood', async () => {
    const { clock, feed, watch, keys, during } = setUp();
    await during(watch(), () => clock.advance(1_000));
    feed.commit(bare('a', 1), bare('b', 2));
    await during(watch(), () => clock.advance(1_000));
    expect(await keys()).toEqual(['a', 'b']);
  });

  it('finds a transaction again that it was killed in the midst of', async () => {
    const { clock, feed, positions, watch, keys, during } = setUp();
    await during(watch({ saveEveryMs: 1 }), async () => {
      await clock.advance(1_000);
      feed.commit(bare('a', 1), watchedWrite({ key: 'b', clusterTime: time(2), transaction: 'y' }));
      await clock.advance(100);
    });
    expect((await positions.load('unexplained'))?.clusterTime).toBe('1700000000.1');
    feed.commit(watchedWrite({ key: 'c', clusterTime: time(2), transaction: 'y' }));
    await during(watch(), () => clock.advance(1_000));
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  it('keeps what it found before its position moves on', async () => {
    const { clock, feed, positions, store, watch, keys, during } = setUp();
    await during(watch(), () => clock.advance(1_000));
    feed.commit(bare('a', 1));
    const failing = Object.create(store, { add: { value: () => Promise.reject(new Error('away')) } });
    const run = watch({ store: failing }).run({ signal: new AbortController().signal });
    await Promise.all([expect(run).rejects.toThrow('away'), clock.advance(10_000)]);
    expect((await positions.load('unexplained'))?.clusterTime).toBe(null);
    await during(watch(), () => clock.advance(1_000));
    expect(await keys()).toEqual(['a']);
  });

  it('says how many of the found were new', async () => {
    const { clock, feed, positions, events, watch, during } = setUp();
    await during(watch(), () => clock.advance(1_000));
    const before = await positions.load('unexplained');
    feed.commit(bare('a', 1), bare('b', 2));
    await during(watch(), () => clock.advance(1_000));
    if (before) await positions.save('unexplained', before);
    feed.commit(bare('c', 3));
    await during(watch(), () => clock.advance(1_000));
    expect(events.filter(({ type }) => type === 'found')).toMatchObject([
      { writes: [{ key: 'a' }, { key: 'b' }], added: 2 },
      { writes: [{ key: 'a' }, { key: 'b' }, { key: 'c' }], added: 1 },
    ]);
  });

  it('holds no more than it is told', async () => {
    const { clock, feed, events, watch, during } = setUp();
    await during(watch({ maxHeld: 2 }), async () => {
      await clock.advance(1_000);
      feed.commit(...[1, 2, 3, 4, 5].map((i) => bare(`k${i}`, i)));
      await clock.advance(1_000);
    });
    const sizes = events.flatMap((event) => (event.type === 'found' ? [event.writes.length] : []));
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('saves where it is while nothing happens', async () => {
    const { clock, positions, watch, during } = setUp();
    const startMs = clock.nowMs();
    await during(watch(), async () => {
      await clock.advance(12_000);
      const position = await positions.load('unexplained');
      expect(position?.startedAtMs).toBe(startMs);
      expect(position?.savedAtMs).toBeGreaterThanOrEqual(startMs + 7_000);
    });
  });

  it('ends at the time that it is told, with what was written until then', async () => {
    const { clock, feed, watch, keys } = setUp();
    const run = watch().run({ signal: new AbortController().signal, until: time(2) });
    await clock.advance(0);
    feed.commit(bare('a', 1), watchedWrite({ key: 'b', clusterTime: time(2) }));
    await clock.advance(2_000);
    await run;
    expect(await keys()).toEqual(['a', 'b']);
  });

  it('stops when its position is lost, and stays where it was', async () => {
    const { clock, feed, positions, watch, during } = setUp();
    await during(watch(), () => clock.advance(1_000));
    const before = await positions.load('unexplained');
    feed.commit(bare('a', 1));
    feed.forgetHistory();
    await expect(watch().run({ signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'change-stream-history-lost',
    });
    expect(await positions.load('unexplained')).toEqual(before);
  });

  it('asks where a write was made', async () => {
    const { clock, feed, store, watch, during } = setUp();
    const site = { frames: ['rename (file:///app/users.ts:1:2)'], certain: true };
    const sites = {
      add: async () => undefined,
      find: async ({ key }: { key?: string | undefined }) => (key === 'a' ? site : undefined),
    };
    await during(watch({ sites }), async () => {
      feed.commit(bare('a', 1), bare('b', 2));
      await clock.advance(1_000);
    });
    const found: KeptWrite[] = await store.open({ limit: 9, failedBeforeMs: 0 });
    expect(found.map((write) => write.site)).toEqual([site, undefined]);
  });
});
