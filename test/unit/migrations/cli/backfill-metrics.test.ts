import { describe, expect, it } from '@jest/globals';
import type { Progress } from '../../../../migrations/backfill/progress.ts';
import { BackfillMetrics } from '../../../../migrations/cli/backfill-metrics.ts';

const progress: Progress = {
  plan: 'things',
  activity: 'copying',
  done: 30,
  total: 100,
  counts: { written: 20, stale: 9, rejected: 1 },
  elapsedMs: 1_000,
  perSecond: 12.5,
  throttle: 'paused by ann since 2026-03-01T12:00:00.000Z',
  workers: 2,
  partitions: [
    { id: 'number-0', state: 'done', done: 20, total: 20 },
    { id: 'number-1', state: 'copying', done: 10, total: 80 },
  ],
};

describe('the metrics of a backfill', () => {
  it('say what its progress says', async () => {
    const metrics = new BackfillMetrics();
    metrics.show(progress);
    const text = await metrics.registry.metrics();
    for (const line of [
      'banyan_backfill_documents{outcome="read"} 30',
      'banyan_backfill_documents{outcome="rejected"} 1',
      'banyan_backfill_expected_documents 100',
      'banyan_backfill_documents_per_second 12.5',
      'banyan_backfill_workers 2',
      'banyan_backfill_partitions{state="done"} 1',
      'banyan_backfill_partitions{state="waiting"} 0',
      'banyan_backfill_throttled{reason="paused by ann"} 1',
    ])
      expect(text).toContain(line);
  });

  it('name no reason any more once nothing slows it down', async () => {
    const metrics = new BackfillMetrics();
    metrics.show(progress);
    const { throttle: _, ...free } = progress;
    metrics.show(free);
    expect(await metrics.registry.metrics()).not.toContain('reason=');
  });
});
