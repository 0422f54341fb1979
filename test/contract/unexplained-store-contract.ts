import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeptWrite, UnexplainedStore } from '../../services/outbox/unexplained/unexplained-store.ts';

const write = (key: string | undefined, i: number, more: Partial<KeptWrite> = {}): KeptWrite => ({
  id: `${key} ${i}`,
  collection: 'users',
  key,
  operation: 'update',
  reason: 'no-transaction',
  clusterTime: { t: 1_700_000_000, i },
  atMs: 1_700_000_000_000,
  transaction: undefined,
  ...more,
});

/** What every `UnexplainedStore` promises; `makeStore` gives an empty one, and how to close it. */
export const describeUnexplainedStore = (
  name: string,
  makeStore: () => Promise<{ store: UnexplainedStore; close(): Promise<void> }>,
): void => {
  describe(`${name} as a store of unexplained writes`, () => {
    let store: UnexplainedStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, close } = await makeStore());
    });
    afterEach(() => close());

    const open = (limit = 100, failedBeforeMs = 0) => store.open({ limit, failedBeforeMs });
    const openKeys = async (limit?: number, failedBeforeMs?: number) =>
      (await open(limit, failedBeforeMs)).map(({ key }) => key);

    it('gives back what was added, whole', async () => {
      const site = { frames: ['rename (file:///app/users.ts:1:2)'], certain: true };
      const writes = [write('a', 1, { site, transaction: 'x' }), write(undefined, 2, { operation: 'drop' })];
      expect(await store.add(writes)).toBe(2);
      expect(await open()).toEqual(writes);
    });

    it('adds nothing twice', async () => {
      expect(await store.add([])).toBe(0);
      expect(await store.add([write('a', 1), write('b', 2)])).toBe(2);
      expect(await store.add([write('b', 2), write('c', 3)])).toBe(1);
      expect(await store.counts()).toEqual({ found: 3, open: 3 });
    });

    it('gives the oldest first, as many as asked', async () => {
      await store.add([write('c', 3), write('a', 1)]);
      await store.add([write('b', 2)]);
      expect(await openKeys(2)).toEqual(['a', 'b']);
    });

    it('gives what is healed no more, and leaves it so when it is found again', async () => {
      await store.add([write('a', 1), write('b', 2)]);
      await store.settle(['a 1'], { healedAtMs: 5 });
      expect(await store.add([write('a', 1)])).toBe(0);
      expect(await openKeys()).toEqual(['b']);
      expect(await store.counts()).toEqual({ found: 2, open: 1 });
    });

    it('keeps why healing failed, and gives it again later', async () => {
      await store.add([write('a', 1), write('b', 2)]);
      await store.settle(['a 1', 'unknown'], { failure: { reason: 'too large', atMs: 1_000 } });
      expect(await openKeys(100, 1_000)).toEqual(['b']);
      const [first] = await open(100, 1_001);
      expect(first?.failure).toEqual({ reason: 'too large', atMs: 1_000 });
      expect(await store.counts()).toEqual({ found: 2, open: 2 });
    });
  });
};
