import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../services/core/index.ts';
import { VirtualClock } from '../../services/core/index.ts';
import { type ControlStore, RevisionConflictError } from '../../services/store/control-store.ts';

/** What every control store promises; `make` answers an empty one on `clock`, and how to let go of it. */
export const describeControlStore = (
  name: string,
  make: (clock: Clock) => Promise<{ store: ControlStore; close?(): Promise<void> }>,
): void => {
  describe(`control store: ${name}`, () => {
    let store: ControlStore;
    let clock: VirtualClock;
    let close: (() => Promise<void>) | undefined;

    beforeEach(async () => {
      clock = new VirtualClock();
      ({ store, close } = await make(clock));
    });
    afterEach(() => close?.());

    it('answers undefined for a key that was never written', async () => {
      expect(await store.get('nothing')).toBeUndefined();
    });

    it('answers what was written, with revisions that start at 1 and grow by one', async () => {
      expect(await store.put('weight', { percent: 1 }, 0)).toBe(1);
      expect(await store.put('weight', { percent: 5, by: ['ops', null] }, 1)).toBe(2);
      expect(await store.get('weight')).toEqual({ value: { percent: 5, by: ['ops', null] }, revision: 2 });
    });

    it('keeps falsy values apart from absence', async () => {
      await store.put('zero', 0, 0);
      await store.put('null', null, 0);
      expect(await store.get('zero')).toEqual({ value: 0, revision: 1 });
      expect(await store.get('null')).toEqual({ value: null, revision: 1 });
    });

    it('refuses a write at a revision that is not the stored one, and changes nothing', async () => {
      await store.put('key', 'first', 0);
      const second = store.put('key', 'second', 0);
      await expect(second).rejects.toBeInstanceOf(RevisionConflictError);
      await expect(second).rejects.toMatchObject({ key: 'key', expectedRevision: 0, retryable: false });
      await expect(store.put('key', 'second', 7)).rejects.toBeInstanceOf(RevisionConflictError);
      await expect(store.put('absent', 'second', 1)).rejects.toBeInstanceOf(RevisionConflictError);
      expect(await store.get('key')).toEqual({ value: 'first', revision: 1 });
      expect(await store.get('absent')).toBeUndefined();
    });

    it('writes at any revision when told so, existing or not', async () => {
      expect(await store.put('key', 'first', 'any')).toBe(1);
      expect(await store.put('key', 'second', 'any')).toBe(2);
      expect(await store.get('key')).toEqual({ value: 'second', revision: 2 });
    });

    it('forgets a key at the revision that is named, and lets it begin anew', async () => {
      await store.put('key', 'first', 0);
      const revision = await store.put('key', 'second', 1);
      await expect(store.put('key', undefined, 1)).rejects.toBeInstanceOf(RevisionConflictError);
      expect(await store.get('key')).toEqual({ value: 'second', revision });
      expect(await store.put('key', undefined, revision)).toBe(0);
      expect(await store.get('key')).toBeUndefined();
      await expect(store.put('key', 'late', revision)).rejects.toBeInstanceOf(RevisionConflictError);
      expect(await store.put('key', 'anew', 0)).toBe(1);
    });

    it('has nothing to forget of a key that is not there, and leaves logs', async () => {
      await store.append('key', 'entry');
      expect(await store.put('key', undefined, 3)).toBe(0);
      await store.put('key', 'value', 0);
      expect(await store.put('key', undefined, 'any')).toBe(0);
      expect(await store.put('key', undefined, 'any')).toBe(0);
      expect((await store.history('key', 10)).map(({ entry }) => entry)).toEqual(['entry']);
    });

    it('lets one of two writers at the same revision through, and tells the other', async () => {
      const revision = await store.put('lease', 'free', 0);
      const results = await Promise.allSettled(['a', 'b'].map((who) => store.put('lease', who, revision)));
      expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
      const refused = results.find((r) => r.status === 'rejected');
      expect(refused?.reason).toBeInstanceOf(RevisionConflictError);
      const winner = results[0]?.status === 'fulfilled' ? 'a' : 'b';
      expect(await store.get('lease')).toEqual({ value: winner, revision: 2 });
    });

    it('loses no increment of many writers that read again after a conflict', async () => {
      const increment = async (): Promise<void> => {
        for (;;) {
          const now = await store.get<number>('count');
          try {
            await store.put('count', (now?.value ?? 0) + 1, now?.revision ?? 0);
            return;
          } catch (thrown) {
            if (!(thrown instanceof RevisionConflictError)) throw thrown;
          }
        }
      };
      await Promise.all(Array.from({ length: 8 }, increment));
      expect(await store.get('count')).toEqual({ value: 8, revision: 8 });
    });

    it('answers a log newest first, as many entries as asked for', async () => {
      for (const percent of [1, 5, 25]) {
        await store.append('weights', { percent });
        await clock.advance(1_000);
      }
      const newest = await store.history('weights', 2);
      expect(newest.map(({ entry }) => entry)).toEqual([{ percent: 25 }, { percent: 5 }]);
      expect(newest[0]?.atMs).toBe(clock.nowMs() - 1_000);
      expect(await store.history('weights', 10)).toHaveLength(3);
      expect(await store.history('weights', 0)).toEqual([]);
    });

    it('keeps the order of entries appended within one millisecond', async () => {
      for (let n = 0; n < 12; n++) await store.append('fast', n);
      expect((await store.history<number>('fast', 3)).map(({ entry }) => entry)).toEqual([11, 10, 9]);
    });

    it('loses no entry that two writers append at once', async () => {
      await Promise.all(Array.from({ length: 10 }, (_, n) => store.append('log', n)));
      const entries = (await store.history<number>('log', 100)).map(({ entry }) => entry);
      expect(entries.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('keeps a log and a value of the same name, and logs whose names begin alike, apart', async () => {
      await store.put('same', 'value', 0);
      await store.append('same', 'entry');
      await store.append('same-but-longer', 'other');
      expect(await store.get('same')).toEqual({ value: 'value', revision: 1 });
      expect((await store.history('same', 10)).map(({ entry }) => entry)).toEqual(['entry']);
      expect(await store.history('unknown', 10)).toEqual([]);
    });
  });
};
