import { describe, expect, it } from '@jest/globals';
import type {
  BackfillRun,
  CheckpointStore,
  PartitionProgress,
} from '../../migrations/backfill/checkpoint-store.ts';
import { RevisionConflictError } from '../../services/store/control-store.ts';

const run = (plan: string, more: Partial<BackfillRun> = {}): BackfillRun => ({
  id: 'run-1',
  plan,
  startedAtMs: 5,
  sourcePosition: '7.1',
  replayFromMs: 4,
  filter: '{"a":1}',
  partitionCount: 2,
  orders: { paused: { by: 'ann', atMs: 6 } },
  ...more,
});

const partition = (number: number, more: Partial<PartitionProgress> = {}): PartitionProgress => ({
  number,
  partition: { id: `string-${number}`, bsonType: 'string', from: null, to: '"m"', estimated: 3 },
  position: '"c"',
  done: false,
  read: 3,
  written: 2,
  stale: 1,
  rejected: 0,
  owner: { name: 'host:1', sinceMs: 5, savedAtMs: 6, perSecond: 7.5, throttle: 'paused' },
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
        const copied = run('a', { ended: { as: 'copied', atMs: 9 } });
        const second = await store.save(copied, first);
        expect(second).toBeGreaterThan(first);
        expect(await store.load('a')).toEqual({ value: copied, revision: second });
      }));

    it('refuses whoever was overtaken, and changes nothing', () =>
      withStore(async (store) => {
        const first = await store.save(run('a'), 0);
        await store.save(run('a', { id: 'run-2' }), first);
        await expect(store.save(run('a'), first)).rejects.toThrow(RevisionConflictError);
        await expect(store.save(run('a'), 0)).rejects.toThrow(RevisionConflictError);
        expect((await store.load('a'))?.value.id).toBe('run-2');
      }));

    it('answers all partitions of a run in order, as they were saved', () =>
      withStore(async (store) => {
        const second = await store.savePartition(run('a'), partition(1, { done: true }), 0);
        const first = await store.savePartition(run('a'), partition(0), 0);
        expect(await store.partitions(run('a'))).toEqual([
          { value: partition(0), revision: first },
          { value: partition(1, { done: true }), revision: second },
        ]);
      }));

    it('keeps the partitions of two runs of a plan apart', () =>
      withStore(async (store) => {
        const one = { partitionCount: 1 };
        await store.savePartition(run('a', one), partition(0), 0);
        await store.savePartition(run('a', { ...one, id: 'run-2' }), partition(0, { position: '"z"' }), 0);
        const [found] = await store.partitions(run('a', one));
        expect(found?.value.position).toBe('"c"');
      }));

    it('refuses to save a partition for whoever was overtaken, and changes nothing', () =>
      withStore(async (store) => {
        const one = run('a', { partitionCount: 1 });
        const first = await store.savePartition(one, partition(0), 0);
        await store.savePartition(one, partition(0, { position: '"k"' }), first);
        for (const revision of [0, first])
          await expect(store.savePartition(one, partition(0), revision)).rejects.toThrow(
            RevisionConflictError,
          );
        const [found] = await store.partitions(one);
        expect(found?.value.position).toBe('"k"');
      }));
  });
};
