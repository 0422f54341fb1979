import { describe, expect, it } from '@jest/globals';
import { CannotTellError, verify } from '../../../../migrations/verify/verifier.ts';
import { BanyanError, type VersionedRecord } from '../../../../services/core/index.ts';
import { makeBench, runOn, things } from '../../../support/backfill-bench.ts';

type Bench = ReturnType<typeof makeBench>;
const keyOf = (i: number) => `{"$numberInt":"${i}"}`;

const verifying = (bench: Bench, more: { quarantined?: readonly string[]; signal?: AbortSignal } = {}) =>
  verify(
    { ...bench.parts, isQuarantined: async (key) => more.quarantined?.includes(key) ?? false },
    {
      plan: 'things',
      partitions: 4,
      concurrency: 2,
      chunkSize: 10,
      settleMs: 10_000,
      signal: more.signal ?? new AbortController().signal,
      onProgress: () => {},
    },
  );

/** Lets a verify run through its pauses. */
const settled = async <T>(bench: Bench, running: Promise<T>): Promise<T> => {
  running.catch(() => {});
  await bench.clock.advance(30_000);
  return running;
};

const copied = async (count = 50): Promise<Bench> => {
  const bench = makeBench(things(count));
  await runOn(bench);
  return bench;
};

/** Replaces what the sink holds, whatever its version. */
const corrupt = (bench: Bench, record: VersionedRecord | undefined, key = record?.key ?? '') => {
  const get = bench.store.get.bind(bench.store);
  bench.store.get = async (keys) => {
    const records = await get(keys);
    return records.map((stored, i) => (keys[i] === key ? record : stored));
  };
};

describe('a full comparison', () => {
  it('agrees when the sink holds what the source says, and tells between which positions', async () => {
    const result = await verifying(await copied());
    expect(result).toMatchObject({ compared: 50, mismatches: 0, scanned: 50, rejected: 0, settled: 0 });
    const { before, after } = result.sourcePositions;
    expect(Number(after)).toBeGreaterThan(Number(before));
  });

  it('finds what the sink lacks', async () => {
    const bench = await copied();
    corrupt(bench, undefined, keyOf(7));
    const result = await settled(bench, verifying(bench));
    expect(result).toMatchObject({
      mismatches: 1,
      first: [{ key: keyOf(7), differences: [{ kind: 'missing' }] }],
    });
  });

  it('finds a field and a version that differ', async () => {
    const bench = await copied();
    corrupt(bench, { key: keyOf(7), version: 3, state: { name: 'wrong' } });
    const result = await settled(bench, verifying(bench));
    expect(result.first).toEqual([
      {
        key: keyOf(7),
        differences: [
          { kind: 'version', source: 107, sink: 3 },
          { kind: 'field', field: 'name', source: 'thing 7', sink: 'wrong' },
        ],
      },
    ]);
  });

  it('finds what the sink has and the source has not, be it deleted or transformed to nothing', async () => {
    const bench = await copied();
    bench.source.delete(keyOf(7));
    bench.source.put({ _id: 8, hidden: true, _banyan: { entity: 108 } });
    const result = await settled(bench, verifying(bench));
    expect(result.mismatches).toBe(2);
    expect(result.first).toEqual(
      expect.arrayContaining([
        { key: keyOf(7), differences: [{ kind: 'extra' }] },
        { key: keyOf(8), differences: [{ kind: 'extra' }] },
      ]),
    );
  });

  it('takes no offence at tombstones', async () => {
    const bench = await copied();
    await bench.store.putIfNewer([{ key: 'gone', version: 1, state: null }]);
    expect(await verifying(bench)).toMatchObject({ mismatches: 0, scanned: 50 });
  });

  it('counts a document that cannot be transformed apart when it is in quarantine, and as a mismatch otherwise', async () => {
    const bench = await copied();
    bench.source.put({ _id: 'known', bad: true });
    bench.source.put({ _id: 'unknown', bad: true });
    const result = await verifying(bench, { quarantined: ['known'] });
    expect(result).toMatchObject({ compared: 50, rejected: 1, mismatches: 1 });
    expect(result.first).toMatchObject([{ key: 'unknown', differences: [{ kind: 'rejected' }] }]);
  });

  it('waits for the sink to catch up with a source that moves', async () => {
    const bench = await copied();
    const changed = { _id: 7, name: 'changed', _banyan: { entity: 900 } };
    bench.source.put(changed);
    const running = verifying(bench);
    running.catch(() => {});
    await bench.clock.advance(3_000);
    await bench.store.putIfNewer([{ key: keyOf(7), version: 900, state: { name: 'changed' } }]);
    await bench.clock.advance(7_000);
    expect(await running).toMatchObject({ mismatches: 0, settled: 1 });
  });

  it('agrees on a key that never rests, as long as the sink shows what the source was seen to hold', async () => {
    const bench = await copied();
    const behind: VersionedRecord[] = [];
    const get = bench.source.get.bind(bench.source);
    const change = (version: number) => {
      bench.source.put({ _id: 7, name: `name ${version}`, _banyan: { entity: version } });
      behind.push({ key: keyOf(7), version, state: { name: `name ${version}` } });
    };
    let version = 900;
    change(version);
    bench.source.get = async (keys) => {
      const documents = await get(keys);
      if (behind.length > 1) await bench.store.putIfNewer([behind.shift() as VersionedRecord]);
      change(++version);
      return documents;
    };
    expect(await settled(bench, verifying(bench))).toMatchObject({ mismatches: 0, settled: 1 });
  });

  it('keeps the first hundred mismatches whole, and counts all', async () => {
    const bench = makeBench(things(250));
    await bench.store.putIfNewer([{ key: keyOf(0), version: 100, state: { name: 'thing 0' } }]);
    const result = await settled(bench, verifying(bench));
    expect(result).toMatchObject({ compared: 250, mismatches: 249 });
    expect(result.first).toHaveLength(100);
  });

  it('cannot tell when a side fails midway', async () => {
    const bench = await copied();
    const get = bench.store.get.bind(bench.store);
    let calls = 0;
    bench.store.get = async (keys) => {
      if (++calls > 2) throw new BanyanError('down', 'the sink is down', { retryable: true });
      return get(keys);
    };
    await expect(verifying(bench)).rejects.toThrow(CannotTellError);
  });

  it('fails as the side failed when nothing was compared yet', async () => {
    const bench = await copied();
    bench.store.get = async () => {
      throw new BanyanError('down', 'the sink is down');
    };
    await expect(verifying(bench)).rejects.toMatchObject({ code: 'down' });
  });

  it('stops when told to', async () => {
    const bench = await copied();
    const stop = new AbortController();
    stop.abort(new Error('interrupted'));
    await expect(verifying(bench, { signal: stop.signal })).rejects.toThrow('interrupted');
  });
});
