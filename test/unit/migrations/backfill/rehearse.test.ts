import { describe, expect, it } from '@jest/globals';
import { rehearse } from '../../../../migrations/backfill/rehearse.ts';
import { systemClock } from '../../../../services/core/index.ts';
import { MemoryStore } from '../../../../services/store/memory-store.ts';
import { makeBench, things } from '../../../support/backfill-bench.ts';

const options = {
  documents: 40,
  partitions: 4,
  batchSize: 10,
  settleMs: 0,
  signal: new AbortController().signal,
};

describe('a rehearsal', () => {
  it('copies about so many documents from all over the source, and proves it', async () => {
    const bench = makeBench(things(400));
    const done = await rehearse(bench.parts, options);
    expect(done).toEqual({
      read: 40,
      written: 40,
      stale: 0,
      rejected: 0,
      rejects: [],
      agreed: 40,
      mismatches: [],
    });
    const stored = await bench.store.get([0, 399].map((i) => `{"$numberInt":"${i}"}`));
    expect(stored.map((record) => record !== undefined)).toEqual([true, false]);
  });

  it('finds a sink that does not keep what it says it wrote', async () => {
    const forgetful = new MemoryStore();
    forgetful.putIfNewer = async (records) => records.map(() => 'written');
    const bench = makeBench(things(5), { store: forgetful });
    const done = await rehearse(bench.parts, options);
    expect(done).toMatchObject({ written: 5, agreed: 0 });
    expect(done.mismatches).toHaveLength(5);
  });

  it('tells what it could not copy, and puts nothing into quarantine', async () => {
    const bench = makeBench([{ _id: 'bad', bad: true }, ...things(3)]);
    const done = await rehearse({ ...bench.parts, clock: systemClock }, options);
    expect(done).toMatchObject({ read: 4, rejected: 1, agreed: 3, rejects: [{ key: 'bad' }] });
    for await (const entry of bench.quarantine.list('things')) throw new Error(`quarantined ${entry.key}`);
  });
});
