import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { retryEntries } from '../../../migrations/backfill/retry-entries.ts';
import { countsOf } from '../../../migrations/backfill/run-view.ts';
import { RejectError } from '../../../services/core/index.ts';
import type { QuarantineEntry } from '../../../services/stream/quarantine.ts';
import { COPY_READING, type CopyWorld, changes, openCopyWorld } from '../../support/copy-world.ts';
import { hurriedClock } from '../../support/hurried-clock.ts';
import { MortalProcess } from '../../support/mortal-process.ts';

const FITS = 'n'.repeat(390 * 1_024);
const GROWN = 'n'.repeat(401 * 1_024);

describe('a document that grows past the 400 KB of an item', () => {
  let world: CopyWorld;
  beforeEach(async () => {
    world = await openCopyWorld();
    await world.insert([
      { _id: 'growing', name: FITS },
      { _id: 'other', name: 'stays' },
    ]);
  }, 60_000);
  afterEach(() => world.close());

  const quarantined = async () => {
    const entries: QuarantineEntry[] = [];
    for await (const entry of world.quarantine.list('things')) entries.push(entry);
    return entries;
  };
  const shrinkAndRetry = async () => {
    await world.outbox.transaction(changes.update('growing', 'small again'));
    const { source, store, quarantine } = world;
    const floorsOf = async (keys: readonly string[]) => keys.map(() => undefined);
    for await (const _ of retryEntries(
      { source, store, quarantine, floorsOf, reading: COPY_READING, batchSize: 10 },
      'things',
    ));
    expect(await quarantined()).toEqual([]);
    expect(await world.differences()).toEqual([]);
  };

  it('between the read of a killed copy and that of its heir goes to quarantine, whole, until it shrinks', async () => {
    const read = Promise.withResolvers<void>();
    const process: MortalProcess = new MortalProcess((step) => {
      if (step !== 'the batch is transformed') return;
      process.kill();
      read.resolve();
    });
    void world.copy({ ...process.ports({ ...world, clock: hurriedClock(50) }), partitions: 1 });
    await read.promise;
    await world.outbox.transaction(changes.update('growing', GROWN));
    const view = await world.copy({ clock: hurriedClock(50) });
    expect(view && countsOf(view)).toEqual({ read: 2, written: 1, stale: 0, rejected: 1 });
    const [entry, ...others] = await quarantined();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ key: 'growing', reason: expect.stringContaining('400 KB') });
    expect(entry?.body).toContain(GROWN);
    expect(await world.differences()).toEqual(['growing']);
    await shrinkAndRetry();
  }, 30_000);

  it('after it was copied is refused by the table, which keeps what it had, until it shrinks', async () => {
    await world.copy();
    await world.outbox.transaction(changes.update('growing', GROWN));
    expect(await world.consume()).toEqual([expect.any(RejectError)]);
    expect((await world.store.get(['growing']))[0]?.state).toEqual({ name: FITS });
    const again = await world.copy({ restart: true });
    expect(again && countsOf(again)).toMatchObject({ rejected: 1, written: 0 });
    expect(await quarantined()).toMatchObject([{ key: 'growing' }]);
    await shrinkAndRetry();
  }, 30_000);
});
