import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countsOf, statusOf } from '../../../migrations/backfill/run-view.ts';
import { type Clock, systemClock } from '../../../services/core/index.ts';
import { type CopyWorld, changes, oldId, oldThings, openCopyWorld } from '../../support/copy-world.ts';
import { MortalProcess } from '../../support/mortal-process.ts';

const HOUR_MS = 3_600_000;
const DOCUMENTS = 30;

const skewed = (byMs: number): Clock => ({ ...systemClock, nowMs: () => systemClock.nowMs() + byMs });

describe('clocks that differ by an hour', () => {
  let world: CopyWorld;
  beforeEach(async () => {
    world = await openCopyWorld();
    await world.insert(oldThings(DOCUMENTS));
  }, 60_000);
  afterEach(() => world.close());

  it.each([
    ['ahead of', HOUR_MS, -HOUR_MS],
    ['ahead of', HOUR_MS, 0],
    ['behind', -HOUR_MS, HOUR_MS],
    ['behind', -HOUR_MS, 0],
  ])(
    'let nothing older win: one writer is %s the others by %d ms, and the copy is at %d ms',
    async (_, writerMs, workerMs) => {
      const [odd, right] = [await world.outboxBy(skewed(writerMs)), world.outbox];
      // In both orders, so that whose clock is behind comes after whose clock is ahead.
      const both = async (id: string) => {
        await odd.transaction(changes.update(id, 'odd'));
        await right.transaction(changes.update(id, 'right'));
        await odd.transaction(changes.update(id, 'odd again'));
      };
      await both(oldId(0));
      await odd.transaction(changes.delete(oldId(1)));
      await right.transaction(changes.create(oldId(1), 'created again'));
      const process = new MortalProcess(async (step) => {
        if (step !== 'the batch is transformed') return;
        await both(oldId(2));
        await right.transaction(changes.delete(oldId(3)));
        await odd.transaction(changes.create(oldId(3), 'created again'));
        await world.consume();
      });
      await world.copy({
        ...process.ports({ ...world, clock: skewed(workerMs) }),
        partitions: 1,
        batchSize: DOCUMENTS,
      });
      await both(oldId(4));
      await world.consume();
      await world.consume();
      expect(await world.differences()).toEqual([]);
    },
    30_000,
  );

  it('take no partition from a worker that lives', async () => {
    const { promise: bothWork, resolve } = Promise.withResolvers<void>();
    let working = 0;
    const workerAt = (byMs: number) => {
      let isNew = true;
      const process = new MortalProcess(async (step) => {
        if (step !== 'the batch is transformed') return;
        if (isNew) working += 1;
        isNew = false;
        if (working === 2) resolve();
        await bothWork;
      });
      return world.copy(process.ports({ ...world, clock: skewed(byMs) }));
    };
    const views = await Promise.all([workerAt(HOUR_MS), workerAt(-HOUR_MS)]);
    const view = await world.view();
    expect(view && statusOf(view)).toBe('copied');
    // Nothing was written twice: then it would be stale.
    expect(view && countsOf(view)).toEqual({ read: DOCUMENTS, written: DOCUMENTS, stale: 0, rejected: 0 });
    expect(views.every((one) => one !== undefined)).toBe(true);
    expect(await world.differences()).toEqual([]);
  }, 60_000);
});
