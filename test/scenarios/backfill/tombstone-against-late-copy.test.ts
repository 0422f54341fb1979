import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CopyWorld, changes, openCopyWorld } from '../../support/copy-world.ts';
import { hurriedClock } from '../../support/hurried-clock.ts';
import { MortalProcess } from '../../support/mortal-process.ts';

describe('a copy that is later than a deletion', () => {
  let world: CopyWorld;
  beforeEach(async () => {
    world = await openCopyWorld();
  }, 60_000);
  afterEach(() => world.close());

  const isDeleted = async (key: string) => {
    const [stored] = await world.store.get([key]);
    expect(stored?.state).toBeNull();
    expect(await world.differences()).toEqual([]);
  };

  it.each([
    ['with a version', () => world.outbox.transaction(changes.create('doomed'))],
    ['without a version', () => world.insert([{ _id: 'doomed', name: 'old' }])],
  ])(
    'does not bring back a document %s, which it read before',
    async (_, insert) => {
      await insert();
      await world.insert([{ _id: 'other', name: 'stays' }]);
      const process = new MortalProcess(async (step) => {
        if (step !== 'the batch is transformed') return;
        await world.outbox.transaction(changes.delete('doomed'));
        await world.consume();
      });
      const view = await world.copy(process.ports({ ...world, clock: hurriedClock(1) }));
      expect(view?.partitions.reduce((sum, { stale }) => sum + stale, 0)).toBe(1);
      await isDeleted('doomed');
    },
    30_000,
  );

  it('does not bring back what the table knew, either', async () => {
    await world.outbox.transaction(changes.create('doomed'));
    await world.consume();
    const process = new MortalProcess(async (step) => {
      if (step !== 'the batch is transformed') return;
      await world.outbox.transaction(changes.delete('doomed'));
      await world.consume();
    });
    await world.copy(process.ports({ ...world, clock: hurriedClock(1) }));
    await isDeleted('doomed');
  }, 30_000);

  it('arrives after the death of who sent it, when its heir is done, and changes nothing', async () => {
    await world.insert([
      { _id: 'doomed', name: 'old' },
      { _id: 'other', name: 'stays' },
    ]);
    const held = Promise.withResolvers<void>();
    const sent = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const { store } = world;
    const slow: typeof store = {
      ...store,
      putIfNewer: (records) => {
        sent.resolve();
        const put = held.promise.then(() => store.putIfNewer(records));
        late.resolve(put);
        return put;
      },
    };
    const process = new MortalProcess();
    void world.copy({ ...process.ports({ ...world, store: slow, clock: hurriedClock(50) }), partitions: 1 });
    await sent.promise;
    process.kill();
    await world.outbox.transaction(changes.delete('doomed'));
    await world.consume();
    await world.copy({ clock: hurriedClock(50) });
    held.resolve();
    expect(await late.promise).toEqual(['stale', 'stale']);
    await isDeleted('doomed');
  }, 30_000);
});
