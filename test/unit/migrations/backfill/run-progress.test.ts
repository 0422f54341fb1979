import { describe, expect, it } from '@jest/globals';
import type {
  BackfillRun,
  PartitionProgress,
  Worker,
} from '../../../../migrations/backfill/checkpoint-store.ts';
import { runProgress } from '../../../../migrations/backfill/run-progress.ts';
import { statusOf, workersOf } from '../../../../migrations/backfill/run-view.ts';

const T0 = 1_700_000_000_000;
const run: BackfillRun = {
  id: 'run-1',
  plan: 'things',
  startedAtMs: T0,
  sourcePosition: '1.1',
  partitionCount: 3,
  orders: {},
};
const worker = (name: string, more: Partial<Worker> = {}): Worker => ({
  name,
  sinceMs: T0,
  savedAtMs: T0 + 1_000,
  perSecond: 50,
  ...more,
});
const partition = (
  number: number,
  read: number,
  more: Partial<PartitionProgress> = {},
): PartitionProgress => ({
  number,
  partition: { id: `number-${number}`, bsonType: 'number', from: null, to: null, estimated: 1_000 },
  position: null,
  done: false,
  read,
  written: read,
  stale: 0,
  rejected: 0,
  ...more,
});

describe('the progress of a run', () => {
  const partitions = [
    partition(0, 900, { done: true }),
    partition(1, 500, { owner: worker('a:1', { throttle: 'at most 50 documents a second' }) }),
    partition(2, 0, { owner: worker('b:2', { perSecond: 25 }) }),
    partition(3, 0),
  ];

  it('is that of all who work on it, partition by partition', () => {
    expect(runProgress({ run, partitions }, T0 + 10_000)).toEqual({
      plan: 'things',
      activity: 'copying',
      done: 1_400,
      total: 4_000,
      counts: { written: 1_400, stale: 0, rejected: 0 },
      elapsedMs: 10_000,
      perSecond: 75,
      etaMs: (2_600 / 75) * 1_000,
      throttle: 'at most 50 documents a second',
      workers: 2,
      partitions: [
        { id: 'number-0', state: 'done', done: 900, total: 900 },
        { id: 'number-1', state: 'copying', done: 500, total: 1_000 },
        { id: 'number-2', state: 'copying', done: 0, total: 1_000 },
        { id: 'number-3', state: 'waiting', done: 0, total: 1_000 },
      ],
    });
  });

  it('has no time left once the run is over, however it ended', () => {
    const ended = { as: 'cancelled', atMs: T0 + 10_000 } as const;
    const over = runProgress({ run: { ...run, ended }, partitions }, T0 + 60_000);
    expect(over).toMatchObject({ activity: 'cancelled', perSecond: 140 });
    expect(over).not.toHaveProperty('etaMs');
  });

  it('knows each worker once, by what it said last', () => {
    const twice = [
      partition(0, 1, { owner: worker('a:1', { perSecond: 1 }) }),
      partition(1, 1, { owner: worker('a:1', { perSecond: 2, savedAtMs: T0 + 2_000 }) }),
    ];
    expect(workersOf({ partitions: twice })).toEqual([
      worker('a:1', { perSecond: 2, savedAtMs: T0 + 2_000 }),
    ]);
  });

  it.each([
    ['running', {}, partitions],
    ['paused', { orders: { paused: { by: 'ann', atMs: T0 } } }, partitions],
    ['stopped', { orders: { paused: { by: 'ann', atMs: T0 } } }, [partition(0, 5)]],
    ['cancelled', { ended: { as: 'cancelled', atMs: T0 } as const }, partitions],
    ['copied', { ended: { as: 'copied', atMs: T0 } as const }, partitions],
  ])('is %s', (status, more, parts) => {
    expect(statusOf({ run: { ...run, ...more }, partitions: parts })).toBe(status);
  });
});
