import { describe, expect, it } from '@jest/globals';
import type { BackfillRun, CheckpointStore } from '../../migrations/backfill/checkpoint-store.ts';
import { RevisionConflictError } from '../../services/store/control-store.ts';

const run = (plan: string, more: Partial<BackfillRun> = {}): BackfillRun => ({
  id: 'run-1',
  plan,
  status: 'running',
  owner: { name: 'host:1', sinceMs: 5 },
  startedAtMs: 5,
  sourcePosition: '7.1',
  replayFromMs: 4,
  partitions: [
    {
      partition: { id: 'string-0', bsonType: 'string', from: null, to: '"m"', estimated: 3 },
      position: '"c"',
      done: false,
      read: 3,
      written: 2,
      stale: 1,
      rejected: 0,
    },
  ],
  ...more,
});

/** What every checkpoint store promises. */
export const describeCheckpointStore = (
  name: string,
  makeStore: () => Promise<{ store: CheckpointStore; close(): Promise<void> }>,
): void => {
  describe(`${name} as a checkpoint store`, () => {
    const withStore = async (body: (store: CheckpointStore) => Promise<void>): Promise<void> => {
      const { store, close } = await makeStore();
      try {
        await body(store);
      } finally {
        await close();
      }
    };

    it('knows nothing of a plan that never ran', () =>
      withStore(async (store) => {
        expect(await store.load('users-to-search')).toBeUndefined();
      }));

    it('loads a run as it was saved, with the revision that the save answered', () =>
      withStore(async (store) => {
        const revision = await store.save(run('a'), 0);
        expect(await store.load('a')).toEqual({ value: run('a'), revision });
      }));

    it('keeps the runs of two plans apart', () =>
      withStore(async (store) => {
        await store.save(run('a'), 0);
        await store.save(run('b', { id: 'run-2' }), 0);
        expect((await store.load('a'))?.value.id).toBe('run-1');
        expect((await store.load('b'))?.value.id).toBe('run-2');
      }));

    it('replaces a run whose revision is named', () =>
      withStore(async (store) => {
        const first = await store.save(run('a'), 0);
        const { owner: _, ...released } = run('a', { status: 'copied', finishedAtMs: 9 });
        const second = await store.save(released, first);
        expect(second).toBeGreaterThan(first);
        expect(await store.load('a')).toEqual({ value: released, revision: second });
      }));

    it('refuses whoever was overtaken, and changes nothing', () =>
      withStore(async (store) => {
        const first = await store.save(run('a'), 0);
        await store.save(run('a', { owner: { name: 'host:2', sinceMs: 6 } }), first);
        await expect(store.save(run('a'), first)).rejects.toThrow(RevisionConflictError);
        await expect(store.save(run('a'), 0)).rejects.toThrow(RevisionConflictError);
        expect((await store.load('a'))?.value.owner?.name).toBe('host:2');
      }));
  });
};
