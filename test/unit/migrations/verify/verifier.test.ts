import { describe, expect, it } from '@jest/globals';
import { CannotTellError } from '../../../../migrations/verify/cannot-tell-error.ts';
import { ChangesUnknownError } from '../../../../migrations/verify/changes-unknown-error.ts';
import { MemoryChangedKeys } from '../../../../migrations/verify/memory-changed-keys.ts';
import { BanyanError, type VersionedRecord } from '../../../../services/core/index.ts';
import { type Bench, makeBench, runOn, things } from '../../../support/backfill-bench.ts';
import { copied, corrupt, keyOf, settled, verifying } from '../../../support/verify-bench.ts';

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
      first: [{ key: keyOf(7), differences: [{ kind: 'missing', source: 107 }] }],
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
        { key: keyOf(7), differences: [{ kind: 'extra', sink: 107 }] },
        { key: keyOf(8), differences: [{ kind: 'extra', sink: 108 }] },
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
    await runOn(bench, { restart: true });
    bench.source.put({ _id: 'unknown', bad: true });
    const result = await settled(bench, verifying(bench));
    expect(result).toMatchObject({ compared: 52, rejected: 1, mismatches: 1 });
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

  it('cannot tell of a key that never rests while the sink shows what it held between the looks', async () => {
    const bench = await copied();
    const get = bench.source.get.bind(bench.source);
    let version = 900;
    bench.source.get = async (keys) => {
      version += 2;
      bench.source.put({ _id: 7, name: `seen ${version}`, _banyan: { entity: version } });
      const between = { key: keyOf(7), version: version + 1, state: { name: 'nobody saw this' } };
      await bench.store.putIfNewer([between]);
      return get(keys);
    };
    bench.source.put({ _id: 7, name: 'first', _banyan: { entity: 899 } });
    const result = await settled(bench, verifying(bench));
    expect(result).toMatchObject({ mismatches: 0, unsettled: 1, keys: [keyOf(7)] });
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

  it('tells what the source has deleted from what it never had', async () => {
    const bench = await copied();
    bench.source.delete(keyOf(7));
    await bench.store.putIfNewer([{ key: 'never there', version: 5, state: { name: 'x' } }]);
    const floors = {
      of: async (keys: readonly string[]) => keys.map((key) => (key === keyOf(7) ? 900 : undefined)),
    };
    const { first, kinds } = await settled(bench, verifying(bench, { floors }));
    expect(first).toEqual(
      expect.arrayContaining([
        { key: keyOf(7), differences: [{ kind: 'not-deleted', source: 900, sink: 107 }] },
        { key: 'never there', differences: [{ kind: 'extra', sink: 5 }] },
      ]),
    );
    expect(kinds).toEqual({ extra: 1, 'not-deleted': 1 });
  });

  it('compares what came into being after its range was read', async () => {
    const bench = await copied();
    const scan = bench.store.scan.bind(bench.store);
    bench.store.scan = async function* () {
      bench.source.put({ _id: 'late', name: 'right', _banyan: { entity: 900 } });
      await bench.store.putIfNewer([{ key: 'late', version: 900, state: { name: 'wrong' } }]);
      yield* scan();
    };
    expect(await settled(bench, verifying(bench))).toMatchObject({ mismatches: 1, first: [{ key: 'late' }] });
  });

  it('reports a key once, though it is met from both sides', async () => {
    const bench = await copied();
    for (let i = 0; i < 20; i += 1) {
      await bench.store.putIfNewer([{ key: keyOf(i), version: 5_000, state: { name: 'newer' } }]);
    }
    const result = await settled(bench, verifying(bench));
    expect(result.mismatches).toBe(20);
    expect(new Set(result.keys).size).toBe(20);
  });
});

describe('a comparison of a sink that is wrong in every key', () => {
  it.each([{ kind: 'full' }, { kind: 'checksum', buckets: 16 }] as const)(
    'waits no longer than for one key, by $kind',
    async (mode) => {
      const bench = makeBench(things(3_000));
      await bench.store.putIfNewer(
        Array.from({ length: 3_000 }, (_, i) => ({ key: keyOf(i), version: 1, state: { name: 'wrong' } })),
      );
      const get = bench.source.get.bind(bench.source);
      let reads = 0;
      bench.source.get = (keys) => {
        reads += keys.length;
        return get(keys);
      };
      const result = await settled(bench, verifying(bench, { mode }));
      expect(result).toMatchObject({ compared: 3_000, mismatches: 3_000, unsettled: 0 });
      expect(result.elapsedMs).toBeLessThanOrEqual(11_000);
      // Twice each, and the oldest ten again at every pause.
      expect(reads).toBeLessThan(2.2 * 3_000);
    },
  );

  it('cannot tell, rather than wait for ever, when more keys move than it can hold', async () => {
    const count = 22_000;
    const bench = makeBench(things(count));
    const result = await settled(bench, verifying(bench, { settleMs: 5_000, chunkSize: 2_000 }));
    expect(result.mismatches + result.unsettled).toBe(count);
    expect(result.mismatches).toBeGreaterThan(10_000);
    expect(result.unsettled).toBeGreaterThan(0);
    expect(result.elapsedMs).toBeLessThanOrEqual(15_000);
  }, 30_000);
});

describe('a comparison by checksums', () => {
  const mode = { kind: 'checksum', buckets: 64 } as const;
  const reads = (bench: Bench) => {
    const counts = { gets: 0, scans: 0 };
    const get = bench.store.get.bind(bench.store);
    const scan = bench.store.scan.bind(bench.store);
    bench.store.get = (keys) => {
      counts.gets += keys.length;
      return get(keys);
    };
    bench.store.scan = () => {
      counts.scans += 1;
      return scan();
    };
    return counts;
  };

  it('reads each side once, and no key by itself, when both are equal', async () => {
    const bench = await copied();
    const counts = reads(bench);
    expect(await verifying(bench, { mode })).toMatchObject({
      mode: 'checksum',
      compared: 50,
      scanned: 50,
      mismatches: 0,
      checksum: { buckets: 64, open: 0 },
    });
    expect(counts).toEqual({ gets: 0, scans: 1 });
  });

  it('opens only what disagrees, and finds the same as a comparison in full', async () => {
    const bench = await copied(500);
    bench.source.delete(keyOf(1));
    bench.source.put({ _id: 2, name: 'other', _banyan: { entity: 102 } });
    bench.source.put({ _id: 3, name: 'thing 3', _banyan: { entity: 999 } });
    bench.source.put({ _id: 'new', name: 'new', _banyan: { entity: 1 } });
    const inFull = await settled(bench, verifying(bench));
    const counts = reads(bench);
    const result = await settled(bench, verifying(bench, { mode }));
    expect(result).toMatchObject({ compared: 500, scanned: 500, mismatches: 4, kinds: inFull.kinds });
    expect(new Set(result.keys)).toEqual(new Set(inFull.keys));
    expect(result.checksum?.open).toBeLessThanOrEqual(4);
    expect(counts.scans).toBe(2);
    expect(counts.gets).toBeLessThan(200);
  });

  it('takes no offence at what moves while it reads', async () => {
    const bench = await copied();
    const scan = bench.store.scan.bind(bench.store);
    let scans = 0;
    bench.store.scan = async function* () {
      if (++scans === 1) bench.source.put({ _id: 7, name: 'changed', _banyan: { entity: 900 } });
      yield* scan();
    };
    const running = verifying(bench, { mode });
    running.catch(() => {});
    await bench.clock.advance(1_000);
    await bench.store.putIfNewer([{ key: keyOf(7), version: 900, state: { name: 'changed' } }]);
    await bench.clock.advance(20_000);
    expect(await running).toMatchObject({ mismatches: 0, unsettled: 0 });
  });

  it('counts rejects as a comparison in full does', async () => {
    const bench = await copied();
    bench.source.put({ _id: 'known', bad: true });
    await runOn(bench, { restart: true });
    bench.source.put({ _id: 'unknown', bad: true });
    const result = await settled(bench, verifying(bench, { mode }));
    expect(result).toMatchObject({ compared: 52, rejected: 1, mismatches: 1, keys: ['unknown'] });
  });

  it('fails when one side fails, and leaves the other alone from then on', async () => {
    const bench = await copied();
    bench.store.scan = async function* () {
      yield [];
      throw new BanyanError('down', 'the sink is down');
    };
    await expect(verifying(bench, { mode })).rejects.toThrow('the sink is down');
  });
});

describe('a comparison of a sample', () => {
  const mode = (size: number, seed = 'a') => ({ kind: 'sample', size, seed, confidencePercent: 99 }) as const;

  it('compares as many keys as it was asked for, and says how sure that makes', async () => {
    const bench = await copied(500);
    const result = await verifying(bench, { mode: mode(100) });
    expect(result).toMatchObject({ compared: 100, scanned: 0, mismatches: 0 });
    expect(result.sample).toMatchObject({ size: 100, population: 500, seed: 'a', confidencePercent: 99 });
    expect(result.sample?.shareAtMost).toBeCloseTo(0.045, 3);
  });

  it('finds what differs among its keys, the same ones for the same seed', async () => {
    const bench = makeBench(things(500));
    const first = await settled(bench, verifying(bench, { mode: mode(20) }));
    const again = await settled(bench, verifying(bench, { mode: mode(20) }));
    const other = await settled(bench, verifying(bench, { mode: mode(20, 'b') }));
    expect(first.keys).toHaveLength(20);
    expect(again.keys).toEqual(first.keys);
    expect(other.keys).not.toEqual(first.keys);
  });

  it('knows exactly when it drew all', async () => {
    const { sample } = await verifying(await copied(50), { mode: mode(100) });
    expect(sample).toMatchObject({ size: 50, population: 50, shareAtMost: 0 });
  });
});

describe('a comparison of what changed', () => {
  const mode = { kind: 'changed', since: '5.1' } as const;

  it('compares the keys that changed, once each, deletions included', async () => {
    const bench = await copied();
    const changedKeys = new MemoryChangedKeys();
    bench.source.delete(keyOf(1));
    bench.source.put({ _id: 2, name: 'other', _banyan: { entity: 999 } });
    changedKeys.note(keyOf(1), keyOf(2));
    changedKeys.note(keyOf(2), keyOf(3));
    const result = await settled(bench, verifying(bench, { mode, changedKeys }));
    expect(result).toMatchObject({ mode: 'changed', since: '5.1', compared: 3, scanned: 0, mismatches: 2 });
    expect(result.kinds).toEqual({ extra: 1, version: 1, field: 1 });
  });

  it('agrees when nothing changed', async () => {
    const result = await verifying(await copied(), { mode });
    expect(result).toMatchObject({ compared: 0, mismatches: 0, since: '5.1' });
  });

  it('cannot tell when nobody knows what changed', async () => {
    const changedKeys = {
      // biome-ignore lint/correctness/useYield: it fails before it has anything.
      since: async function* (position: string) {
        throw new ChangesUnknownError(position, 'the oplog does not reach back');
      },
    };
    await expect(verifying(await copied(), { mode, changedKeys })).rejects.toThrow(CannotTellError);
  });
});
