import { describe, expect, it } from '@jest/globals';
import { beforeDeadline, workingMsOf } from '../../../../../migrations/cli/lambda/deadline.ts';
import { VirtualClock } from '../../../../../services/core/index.ts';
import { makeBench, openOn, runOn, things } from '../../../../support/backfill-bench.ts';

describe('the deadline of an invocation', () => {
  it.each([
    [900_000, 840_000],
    [240_000, 180_000],
    [8_000, 6_000],
    [0, 0],
  ])('of %d ms leaves %d ms to work', (remainingMs, workingMs) => {
    expect(workingMsOf(remainingMs)).toBe(workingMs);
  });

  it('ends the work in time, and does not shorten what ends before', async () => {
    const clock = new VirtualClock();
    const late = beforeDeadline({ clock, remainingMs: 8_000 }, async (signal) => {
      await clock.sleep(60_000, signal).catch(() => {});
      return clock.nowMs();
    });
    const startedAtMs = clock.nowMs();
    await clock.advance(10_000);
    expect((await late) - startedAtMs).toBe(6_000);
    expect(await beforeDeadline({ clock, remainingMs: 8_000 }, async ({ aborted }) => aborted)).toBe(false);
  });

  it('lets a failure through', async () => {
    const clock = new VirtualClock();
    const failing = beforeDeadline({ clock, remainingMs: 8_000 }, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
  });

  it('leaves a partition where the next invocation goes on, with no owner', async () => {
    const clock = new VirtualClock();
    const bench = makeBench(things(100), { clock });
    const put = bench.store.putIfNewer.bind(bench.store);
    bench.store.putIfNewer = async (records) => {
      await clock.sleep(2_000);
      return put(records);
    };
    bench.parts.concurrency.setRange({ floor: 1, ceiling: 1 });
    const run = await openOn(bench);
    const partitions = run ? await bench.checkpoints.partitions(run) : [];
    const own = partitions.findIndex(({ value }) => value.partition.estimated === 25);
    const invoke = async () => {
      const running = beforeDeadline({ clock, remainingMs: 4_000 }, (signal) =>
        runOn(bench, { partition: own, readers: 1, signal }),
      );
      for (let second = 0; second < 10; second++) await clock.advance(1_000);
      return (await running)?.partitions ?? [];
    };
    const first = await invoke();
    expect(first[own]).toMatchObject({ done: false, read: 20 });
    expect(first[own]).not.toHaveProperty('owner');
    const second = await invoke();
    expect(second[own]).toMatchObject({ done: true, read: 25 });
    expect(second.filter(({ done }) => done)).toHaveLength(1);
  });
});
