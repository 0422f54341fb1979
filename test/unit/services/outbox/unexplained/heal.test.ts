import { describe, expect, it } from '@jest/globals';
import { BanyanError, VirtualClock } from '../../../../../services/core/index.ts';
import { healOpen } from '../../../../../services/outbox/unexplained/heal.ts';
import { MemoryUnexplainedStore } from '../../../../../services/outbox/unexplained/memory-unexplained-store.ts';
import type { KeptWrite } from '../../../../../services/outbox/unexplained/unexplained-store.ts';

const write = (key: string | undefined, i: number): KeptWrite => ({
  id: `${key} ${i}`,
  collection: 'users',
  key,
  operation: key === undefined ? 'drop' : 'update',
  reason: 'no-row',
  clusterTime: { t: 1, i },
  atMs: 0,
  transaction: undefined,
});

const setUp = async (...writes: KeptWrite[]) => {
  const clock = new VirtualClock();
  const store = new MemoryUnexplainedStore();
  await store.add(writes);
  const touched: string[] = [];
  const failures = new Map<string, Error>();
  const heal = (limit = 100) =>
    healOpen({
      store,
      clock,
      limit,
      touch: async (collection, key) => {
        const failure = failures.get(key);
        if (failure) throw failure;
        touched.push(`${collection} ${key}`);
      },
    });
  return { clock, store, touched, failures, heal };
};

describe('healing', () => {
  it('touches each key once, however often it was written', async () => {
    const { store, touched, heal } = await setUp(write('a', 1), write('b', 2), write('a', 3));
    expect(await heal()).toEqual({ healed: 3, failed: [] });
    expect(touched).toEqual(['users a', 'users b']);
    expect(await store.counts()).toEqual({ found: 3, open: 0 });
  });

  it('takes no more than it is told', async () => {
    const { heal } = await setUp(write('a', 1), write('b', 2), write('c', 3));
    expect((await heal(2)).healed).toBe(2);
    expect((await heal(2)).healed).toBe(1);
    expect((await heal(2)).healed).toBe(0);
  });

  it('keeps why a key cannot be healed, goes on with the others, and tries again after a minute', async () => {
    const { clock, touched, failures, heal } = await setUp(write('a', 1), write('b', 2));
    failures.set('a', new BanyanError('event-too-large', 'too large'));
    const failure = { reason: 'too large', atMs: clock.nowMs() };
    expect(await heal()).toMatchObject({ healed: 1, failed: [{ key: 'a', failure }] });
    expect(await heal()).toEqual({ healed: 0, failed: [] });
    failures.clear();
    await clock.advance(60_001);
    expect(await heal()).toEqual({ healed: 1, failed: [] });
    expect(touched).toEqual(['users b', 'users a']);
  });

  it('settles nothing while MongoDB is away', async () => {
    const { store, failures, heal } = await setUp(write('a', 1));
    failures.set('a', new BanyanError('away', 'away', { retryable: true }));
    await expect(heal()).rejects.toThrow('away');
    expect(await store.open({ limit: 1, failedBeforeMs: 0 })).toEqual([write('a', 1)]);
  });

  it('says what to do when all of a collection is concerned', async () => {
    const { heal } = await setUp(write(undefined, 1));
    const { failed } = await heal();
    expect(failed[0]?.failure?.reason).toMatch(/banyan backfill run PLAN --restart/);
  });
});
