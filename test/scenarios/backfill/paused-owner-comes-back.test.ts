import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countsOf, statusOf } from '../../../migrations/backfill/run-view.ts';
import type { PutOutcome, VersionedStore } from '../../../services/store/versioned-store.ts';
import { type CopyWorld, changes, oldId, oldThings, openCopyWorld } from '../../support/copy-world.ts';
import { hurriedClock } from '../../support/hurried-clock.ts';
import { MortalProcess, type Step } from '../../support/mortal-process.ts';

const DOCUMENTS = 40;
const HURRY = 50;

describe('a worker that is paused until its lease has expired', () => {
  let world: CopyWorld;
  beforeEach(async () => {
    world = await openCopyWorld();
    await world.insert(oldThings(DOCUMENTS));
  }, 60_000);
  afterEach(() => world.close());

  const noting = (outcomes: PutOutcome[]): VersionedStore => ({
    ...world.store,
    putIfNewer: async (records) => {
      const some = await world.store.putIfNewer(records);
      outcomes.push(...some);
      return some;
    },
  });

  it.each<Step>([
    'the batch is read',
    'the batch is written',
    'the write is acknowledged',
    'the checkpoint is sent',
  ])(
    'once %s, finds its partition taken over, cannot save it, and leaves it as its heir did',
    async (step) => {
      const paused = Promise.withResolvers<() => void>();
      let isPaused = false;
      let batches = 0;
      const outcomes: PutOutcome[] = [];
      const owner: MortalProcess = new MortalProcess(async (now) => {
        if (now === 'the batch is transformed') batches += 1;
        if (step === 'the checkpoint is sent' && batches > 1 && now === 'the batch is transformed') {
          await paused.promise;
        }
        if (now !== step || isPaused) return;
        isPaused = true;
        paused.resolve(owner.pause());
      });
      const ports = owner.ports({ ...world, store: noting(outcomes), clock: hurriedClock(HURRY) });
      const copying = world.copy({ ...ports, worker: 'the owner', partitions: 1 });
      const comeBack = await paused.promise;

      await world.outbox.transaction(changes.update(oldId(3)));
      await world.outbox.transaction(changes.delete(oldId(4)));
      await world.consume();
      const before = outcomes.length;
      await world.copy({ worker: 'the heir', clock: hurriedClock(HURRY) });
      const left = await world.view();
      expect(left && statusOf(left)).toBe('copied');
      expect(left && countsOf(left).read).toBeGreaterThanOrEqual(DOCUMENTS - 1);

      comeBack();
      await copying;
      expect(new Set(outcomes.slice(before))).not.toContain('written');
      expect(await world.view()).toEqual(left);
      expect(await world.differences()).toEqual([]);
    },
    30_000,
  );
});
