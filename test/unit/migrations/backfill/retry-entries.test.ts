import { describe, expect, it } from '@jest/globals';
import { retryEntries } from '../../../../migrations/backfill/retry-entries.ts';
import { RejectError } from '../../../../services/core/index.ts';
import { makeBench, PLAN } from '../../../support/backfill-bench.ts';

const entry = (id: string, key?: string) => ({
  id,
  source: PLAN,
  reason: 'was bad',
  atMs: 1,
  body: '{"name":"old"}',
  ...(key === undefined ? {} : { key }),
});

const retried = async (bench: ReturnType<typeof makeBench>, floors: { [key: string]: number } = {}) => {
  const outcomes: [string, unknown][] = [];
  const parts = {
    ...bench.parts,
    batchSize: 2,
    floorsOf: async (keys: readonly string[]) => keys.map((key) => floors[key]),
  };
  for await (const { entry, outcome } of retryEntries(parts, PLAN)) outcomes.push([entry.id, outcome]);
  return new Map(outcomes);
};

const idsLeft = async ({ quarantine }: ReturnType<typeof makeBench>) => {
  const ids: string[] = [];
  for await (const { id } of quarantine.list(PLAN)) ids.push(id);
  return ids;
};

describe('retrying rejects', () => {
  it('applies what the source says now, not what was rejected, and removes the entry (law 3)', async () => {
    const bench = makeBench([{ _id: 'ada', name: 'mended', _banyan: { entity: 7 } }]);
    await bench.quarantine.put(entry('1', 'ada'));
    expect(await retried(bench)).toEqual(new Map([['1', 'written']]));
    expect(await bench.store.get(['ada'])).toEqual([{ key: 'ada', version: 7, state: { name: 'mended' } }]);
    expect(await idsLeft(bench)).toEqual([]);
  });

  it('leaves what is newer in the sink', async () => {
    const bench = makeBench([{ _id: 'ada', name: 'mended', _banyan: { entity: 7 } }]);
    await bench.store.putIfNewer([{ key: 'ada', version: 8, state: { name: 'newer' } }]);
    await bench.quarantine.put(entry('1', 'ada'));
    expect(await retried(bench)).toEqual(new Map([['1', 'stale']]));
    expect((await bench.store.get(['ada']))[0]?.state).toEqual({ name: 'newer' });
  });

  it('writes a tombstone at the version that a deletion left', async () => {
    const bench = makeBench([]);
    await bench.store.putIfNewer([{ key: 'ada', version: 5, state: { name: 'old' } }]);
    await bench.quarantine.put(entry('1', 'ada'));
    expect(await retried(bench, { ada: 9 })).toEqual(new Map([['1', 'written']]));
    expect(await bench.store.get(['ada'])).toEqual([{ key: 'ada', version: 9, state: null }]);
  });

  it('drops the entry of a key that the source knows nothing of', async () => {
    const bench = makeBench([]);
    await bench.quarantine.put(entry('1', 'ada'));
    expect(await retried(bench)).toEqual(new Map([['1', 'absent']]));
    expect(await idsLeft(bench)).toEqual([]);
  });

  it('keeps what still cannot be copied, and what names no key', async () => {
    const bench = makeBench([
      { _id: 'still', bad: true },
      { _id: 'fine', name: 'fine' },
      { _id: 'also', name: 'also' },
    ]);
    for (const one of [entry('1', 'still'), entry('2'), entry('3', 'fine'), entry('4', 'also')]) {
      await bench.quarantine.put(one);
    }
    const outcomes = await retried(bench);
    expect(outcomes.get('1')).toBeInstanceOf(RejectError);
    expect(outcomes.get('2')).toBe('no-key');
    expect([outcomes.get('3'), outcomes.get('4')]).toEqual(['written', 'written']);
    expect(await idsLeft(bench)).toEqual(['1', '2']);
  });
});
