import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FeedItem, type OutboxFeed, ResumeTokenLostError } from '../../services/outbox/index.ts';

/** What is set up for one test. */
export interface OutboxFeedWorld {
  readonly feed: OutboxFeed;
  /** Commits a row per key at once, and answers the ids. */
  commit(...keys: string[]): Promise<string[]>;
  /** Milliseconds since the epoch; what was committed before has a lower `createdAtMs` than what comes next. */
  nextMs(): Promise<number>;
  /** Makes a token one that can be followed no longer. */
  lose(token: string): Promise<string>;
  close(): Promise<void>;
}

const nothingKnown = () => false;

/** What every outbox keeps to that the relay follows. */
export const describeOutboxFeed = (name: string, open: () => Promise<OutboxFeedWorld>): void => {
  describe(`${name} as an outbox feed`, () => {
    let world: OutboxFeedWorld;
    let end: AbortController;
    beforeEach(async () => {
      world = await open();
      end = new AbortController();
    });
    afterEach(async () => {
      end.abort();
      await world.close();
    });

    /** Follows until `count` rows came; what `begun` does happens once the feed stands. */
    const follow = async (
      after: string | null,
      count: number,
      begun: () => Promise<unknown> = async () => {},
    ) => {
      const items: FeedItem[] = [];
      let isBegun = after !== null;
      if (isBegun) await begun();
      for await (const item of world.feed.follow(after, end.signal)) {
        if (!isBegun) await begun();
        isBegun = true;
        if (item.row) items.push(item);
        if (items.length === count) return items;
      }
      throw new Error('the feed ended');
    };

    const idleToken = async (): Promise<string> => {
      for await (const item of world.feed.follow(null, end.signal)) if (!item.row) return item.token;
      throw new Error('the feed ended');
    };

    const keysOf = (items: readonly FeedItem[]) => items.map((item) => item.row?.key);

    const pending = async (
      createdBeforeMs = Number.MAX_SAFE_INTEGER / 2,
      isKnown: (id: string) => boolean = nothingKnown,
    ) => {
      const keys: string[] = [];
      for await (const row of world.feed.pending({ createdBeforeMs, isKnown })) keys.push(row.key);
      return keys;
    };

    it('gives what is committed from now on, whole and in order', async () => {
      await world.commit('before');
      const items = await follow(null, 3, async () => {
        await world.commit('a');
        await world.commit('b', 'c');
      });
      expect(keysOf(items)).toEqual(['a', 'b', 'c']);
      expect(items[0]?.row).toEqual({
        id: expect.any(String),
        stream: 'users',
        key: 'a',
        event: expect.stringContaining('specversion'),
        createdAtMs: expect.any(Number),
      });
    });

    it('goes on after any item, in the middle of a commit too', async () => {
      const [first, second] = await follow(null, 3, () => world.commit('a', 'b', 'c'));
      expect(keysOf(await follow(first?.token ?? '', 2))).toEqual(['b', 'c']);
      expect(keysOf(await follow(second?.token ?? '', 1))).toEqual(['c']);
    });

    it('says that it is idle, and can be followed from there', async () => {
      await world.commit('before');
      const token = await idleToken();
      expect(keysOf(await follow(token, 1, () => world.commit('a')))).toEqual(['a']);
    });

    it('ends when it is told to', async () => {
      let items = 0;
      for await (const _ of world.feed.follow(null, end.signal)) {
        items += 1;
        end.abort();
      }
      expect(items).toBe(1);
    });

    it('throws when the token is older than what is known', async () => {
      const [first] = await follow(null, 2, () => world.commit('a', 'b'));
      const token = await world.lose(first?.token ?? '');
      await expect(follow(token, 1)).rejects.toBeInstanceOf(ResumeTokenLostError);
    });

    it('has as pending what nobody acknowledged, in the order in which it was written', async () => {
      const ids = await world.commit('a', 'b', 'c', 'd');
      await world.feed.acknowledge([ids[1] ?? '', ids[3] ?? '']);
      expect(await pending()).toEqual(['a', 'c']);
      expect(await pending(Number.MAX_SAFE_INTEGER / 2, (id) => id === ids[0])).toEqual(['c']);
    });

    it('has many rows as pending in their order', async () => {
      const keys = Array.from({ length: 450 }, (_, n) => `k${n}`);
      await world.commit(...keys);
      expect(await pending()).toEqual(keys);
    });

    it('leaves out what was created too late', async () => {
      await world.commit('a');
      const ms = await world.nextMs();
      await world.commit('b');
      expect(await pending(ms)).toEqual(['a']);
    });

    it('takes acknowledgements twice, and of nothing', async () => {
      const ids = await world.commit('a', 'b');
      await world.feed.acknowledge([]);
      await world.feed.acknowledge(ids);
      await world.feed.acknowledge(ids);
      expect(await pending()).toEqual([]);
    });

    it('tells how much waits, and since when', async () => {
      expect(await world.feed.backlog()).toEqual({ rows: 0, oldestCreatedAtMs: undefined });
      const [first] = await world.commit('a', 'b');
      const ms = await world.nextMs();
      await world.commit('c');
      const all = await world.feed.backlog();
      expect(all.rows).toBe(3);
      expect(all.oldestCreatedAtMs).toBeLessThan(ms);
      await world.feed.acknowledge([first ?? '']);
      expect(await world.feed.backlog()).toMatchObject({ rows: 2 });
    });
  });
};
