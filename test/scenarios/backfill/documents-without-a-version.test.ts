import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../services/core/index.ts';
import { type CopyWorld, changes, oldId, oldThings, openCopyWorld } from '../../support/copy-world.ts';
import { MortalProcess } from '../../support/mortal-process.ts';

const DOCUMENTS = 20;

describe('documents that never went through the outbox', () => {
  let world: CopyWorld;
  beforeEach(async () => {
    world = await openCopyWorld();
    await world.insert(oldThings(DOCUMENTS));
  }, 60_000);
  afterEach(() => world.close());

  const stored = async (key: string) => (await world.store.get([key]))[0];

  it('are copied at version 0, and copied once', async () => {
    await world.copy();
    expect(await stored(oldId(0))).toEqual({ key: oldId(0), version: 0, state: { name: 'thing 0' } });
    const again = await world.copy({ restart: true });
    expect(again?.partitions.reduce((sum, { written }) => sum + written, 0)).toBe(0);
    expect(await world.differences()).toEqual([]);
  }, 30_000);

  it('lose against the first write, whichever comes first to the table', async () => {
    await world.outbox.transaction(changes.update(oldId(0), 'before'));
    await world.consume();
    const process = new MortalProcess(async (step) => {
      if (step !== 'the batch is transformed') return;
      await world.outbox.transaction(changes.update(oldId(1), 'meanwhile'));
      await world.consume();
    });
    await world.copy({
      ...process.ports({ ...world, clock: systemClock }),
      batchSize: DOCUMENTS,
      partitions: 1,
    });
    await world.outbox.transaction(changes.update(oldId(2), 'afterwards'));
    await world.consume();
    for (const [n, name] of ['before', 'meanwhile', 'afterwards'].entries()) {
      expect(await stored(oldId(n))).toMatchObject({ state: { name } });
    }
    expect(await world.differences()).toEqual([]);
  }, 30_000);

  it('have a floor once they are deleted, which a copy of before does not pass', async () => {
    await world.copy();
    await world.outbox.transaction(changes.delete(oldId(0)));
    await world.consume();
    expect(await world.store.putIfNewer([{ key: oldId(0), version: 0, state: { name: 'thing 0' } }])).toEqual(
      ['stale'],
    );
    await world.outbox.transaction(changes.create(oldId(0), 'created again'));
    await world.copy({ restart: true });
    expect(await stored(oldId(0))).toMatchObject({ state: { name: 'created again' } });
    expect(await world.differences()).toEqual([]);
  }, 30_000);
});
