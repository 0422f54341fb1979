import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { statusOf } from '../../../migrations/backfill/run-view.ts';
import { BanyanError } from '../../../services/core/index.ts';
import { type CopyWorld, changes, oldId, oldThings, openCopyWorld } from '../../support/copy-world.ts';
import { hurriedClock } from '../../support/hurried-clock.ts';
import { MortalProcess, type Step } from '../../support/mortal-process.ts';

const DOCUMENTS = 60;
/** A dead owner has to be silent for ten seconds of its heir's clock. */
const HURRY = 50;

const STEPS: readonly Step[] = [
  'the batch is read',
  'the batch is transformed',
  'the batch is written',
  'the write is acknowledged',
  'the checkpoint is sent',
  'the checkpoint is stored',
  'the end of a partition is sent',
  'the end of a partition is stored',
  'the end of the run is sent',
  'the end of the run is stored',
];

/** Steps that are there for every batch are interrupted at the second one, so that something was copied before. */
const isOfBatch = (step: Step): boolean => step.startsWith('the batch') || step.startsWith('the write');

describe('a copy that is interrupted', () => {
  let world: CopyWorld;
  beforeEach(async () => {
    world = await openCopyWorld();
    await world.insert(oldThings(DOCUMENTS));
  }, 60_000);
  afterEach(() => world.close());

  /** An application changes what was copied, what is being copied and what is not, and the stream is at once. */
  const writeMeanwhile = async () => {
    const { outbox, consume } = world;
    for (const n of [0, 9, 12, 15, 35, DOCUMENTS - 1]) await outbox.transaction(changes.update(oldId(n)));
    for (const n of [1, 13, 14, 40]) await outbox.transaction(changes.delete(oldId(n)));
    await outbox.transaction(changes.create(oldId(14), 'created again'));
    await outbox.transaction(changes.create('new'));
    await consume();
  };

  /** Copies until the step has come, when `interrupt` decides what becomes of the process. */
  const copyUntil = (step: Step, interrupt: (process: MortalProcess) => void) => {
    const come = Promise.withResolvers<void>();
    let seen = 0;
    let batches = 0;
    const process: MortalProcess = new MortalProcess(async (now) => {
      if (now === 'the batch is transformed') batches += 1;
      // A checkpoint comes every second: nobody is done before it.
      if (step.startsWith('the checkpoint') && now === 'the batch is transformed' && batches > 2)
        await come.promise;
      if (now === step) seen += 1;
      if (now !== step || seen !== (isOfBatch(step) ? 2 : 1)) return;
      await writeMeanwhile();
      come.resolve();
      interrupt(process);
    });
    const ended = world.copy(process.ports({ ...world, clock: hurriedClock(HURRY) }));
    ended.then(
      () => come.reject(new Error(`it never came so far that ${step}`)),
      () => undefined,
    );
    return { come: come.promise, ended };
  };

  const goOn = async () => {
    await world.copy({ clock: hurriedClock(HURRY) });
    const view = await world.view();
    expect(view && statusOf(view)).toBe('copied');
    expect(await world.differences()).toEqual([]);
  };

  it.each(STEPS)(
    'because it is killed once %s, loses nothing and copies nothing over what is newer',
    async (step) => {
      await copyUntil(step, (process) => process.kill()).come;
      await goOn();
    },
    30_000,
  );

  it.each(STEPS)(
    'because a call fails once %s, loses nothing and copies nothing over what is newer',
    async (step) => {
      const { come, ended } = copyUntil(step, () => {
        throw new BanyanError('broken', 'the connection broke');
      });
      await Promise.all([come, expect(ended).rejects.toThrow('the connection broke')]);
      await goOn();
    },
    30_000,
  );
});
