import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeFeed, ChangeItem, PlacedChange } from '../../services/outbox/changes/change-feed.ts';
import { compareClusterTimes } from '../../services/outbox/changes/cluster-time.ts';
import { eventually } from '../support/eventually.ts';

export interface NamedChange extends PlacedChange {
  readonly name: string;
}

/** A feed that nobody else uses, and what writes to it. */
export interface ChangeFeedWorld {
  readonly feed: ChangeFeed<NamedChange>;
  /** Commits one change for each name, all in one transaction if there are several. */
  commit(...names: string[]): Promise<void>;
  /** Makes the token of an item that had a change one that can be followed no longer. */
  lose(item: ChangeItem<NamedChange>): Promise<string>;
  close(): Promise<void>;
}

/** What every `ChangeFeed` promises. */
export const describeChangeFeed = (name: string, makeWorld: () => Promise<ChangeFeedWorld>): void => {
  describe(`${name} as a change feed`, () => {
    let world: ChangeFeedWorld;
    let end: AbortController;
    beforeEach(async () => {
      world = await makeWorld();
      end = new AbortController();
    });
    afterEach(async () => {
      end.abort();
      await world.close();
    });

    type Wanted = (items: readonly ChangeItem<NamedChange>[]) => boolean;
    const follow = async (after: string, wanted: Wanted) => {
      const items: ChangeItem<NamedChange>[] = [];
      for await (const item of world.feed.follow(after, end.signal)) {
        items.push(item);
        if (wanted(items)) break;
      }
      return items;
    };
    /** Follows from now on; `write` does what there is to see. */
    const followFromNow = async (wanted: Wanted, write: () => Promise<void>) => {
      const token = await world.feed.now();
      await write();
      return follow(token, wanted);
    };
    const namesIn = (items: readonly ChangeItem<NamedChange>[]) =>
      items.flatMap(({ change }) => change?.name ?? []);
    const until = (count: number) => (items: readonly ChangeItem<NamedChange>[]) =>
      namesIn(items).length >= count;

    it('gives what is committed from now on, in order', async () => {
      await world.commit('before');
      const items = await followFromNow(until(3), async () => {
        await world.commit('a');
        await world.commit('b');
        await world.commit('c');
      });
      expect(namesIn(items)).toEqual(['a', 'b', 'c']);
    });

    it('gives an item without a change while nothing is committed', async () => {
      const items = await followFromNow(
        (all) => all.length > 0,
        async () => undefined,
      );
      expect(items).toMatchObject([{ change: undefined, clusterTime: undefined, token: expect.any(String) }]);
    });

    it('goes on after a token, as often as asked', async () => {
      const items = await followFromNow(until(1), async () => {
        await world.commit('a');
        await world.commit('b');
        await world.commit('c');
      });
      const token = items.at(-1)?.token ?? '';
      expect(namesIn(await follow(token, until(2)))).toEqual(['b', 'c']);
      expect(namesIn(await follow(token, until(2)))).toEqual(['b', 'c']);
    });

    it('gives the mates of a transaction its name and one time, and goes on in the midst of it', async () => {
      const items = await followFromNow(until(3), async () => {
        await world.commit('a', 'b');
        await world.commit('c');
      });
      const [a, b, c] = items.flatMap(({ change }) => change ?? []);
      expect(a?.transaction).toBeDefined();
      expect(b?.transaction).toBe(a?.transaction);
      expect(b?.clusterTime).toEqual(a?.clusterTime);
      expect(c?.transaction).toBeUndefined();
      const afterA = items.find(({ change }) => change?.name === 'a')?.token ?? '';
      expect(namesIn(await follow(afterA, until(2)))).toEqual(['b', 'c']);
    });

    it('tells single writes apart by their times, which only go up', async () => {
      const items = await followFromNow(until(3), async () => {
        await world.commit('a');
        await world.commit('b');
        await world.commit('c');
      });
      const times = items.flatMap(({ change }) => change?.clusterTime ?? []);
      const steps = times.slice(1).map((time, n) => compareClusterTimes(time, times[n] ?? time));
      expect(steps.every((step) => step > 0)).toBe(true);
    });

    it('moves on by a nudge, to a later time', async () => {
      const items = await followFromNow(
        (all) => all.some(({ change, clusterTime }) => !change && clusterTime),
        async () => {
          await world.commit('a', 'b');
          await world.feed.nudge();
        },
      );
      const last = items.findLast(({ change }) => change)?.clusterTime;
      const nudged = items.at(-1)?.clusterTime;
      expect(last && nudged && compareClusterTimes(nudged, last)).toBeGreaterThan(0);
    });

    it('ends when it is told to', async () => {
      const items: unknown[] = [];
      const token = await world.feed.now();
      const run = (async () => {
        for await (const item of world.feed.follow(token, end.signal)) items.push(item);
      })();
      await eventually(() => expect(items.length).toBeGreaterThan(0));
      end.abort();
      await run;
    });

    it('throws when nobody knows any more what came after a token', async () => {
      const items = await followFromNow(until(1), () => world.commit('a'));
      const last = items.at(-1);
      const token = last ? await world.lose(last) : '';
      await expect(follow(token, until(1))).rejects.toMatchObject({ code: 'change-stream-history-lost' });
    });
  });
};
