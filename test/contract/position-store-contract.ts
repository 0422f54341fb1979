import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PositionStore } from '../../services/outbox/changes/position-store.ts';

/** What every `PositionStore` promises; `makeStore` gives an empty one, and how to close it. */
export const describePositionStore = (
  name: string,
  makeStore: () => Promise<{ store: PositionStore; close(): Promise<void> }>,
): void => {
  describe(`${name} as a store of positions`, () => {
    let store: PositionStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, close } = await makeStore());
    });
    afterEach(() => close());

    const position = { token: '{"_data":"82"}', clusterTime: '5.1', startedAtMs: 10, savedAtMs: 20 };

    it('knows no position before one was saved', async () => {
      expect(await store.load('a')).toBeUndefined();
    });

    it('gives back what was saved last', async () => {
      await store.save('a', { ...position, clusterTime: null });
      await store.save('a', position);
      expect(await store.load('a')).toEqual(position);
    });

    it('keeps followers apart', async () => {
      await store.save('a', position);
      await store.save('b', { ...position, token: 'other' });
      expect((await store.load('a'))?.token).toBe(position.token);
      expect((await store.load('b'))?.token).toBe('other');
    });
  });
};
