import { describe, expect, it } from '@jest/globals';
import { MemoryChangedKeys } from '../../../../migrations/verify/memory-changed-keys.ts';
import type { Mend } from '../../../../migrations/verify/mend.ts';
import { mendThroughSink } from '../../../../migrations/verify/mend-through-sink.ts';
import { type RepairOptions, repair } from '../../../../migrations/verify/repair.ts';
import { describeRepair, repairVerdictOf } from '../../../../migrations/verify/repair-result.ts';
import { BanyanError } from '../../../../services/core/index.ts';
import { makeBench, things } from '../../../support/backfill-bench.ts';
import { verifying } from '../../../support/verify-bench.ts';

type Bench = ReturnType<typeof makeBench>;
const keyOf = (i: number) => `{"$numberInt":"${i}"}`;

/** A source of ten things, of which the sink has some, some older, some otherwise, and one too many. */
const makeWrong = async (): Promise<Bench> => {
  const bench = makeBench(things(10));
  const right = (i: number) => ({ key: keyOf(i), version: 100 + i, state: { name: `thing ${i}` } });
  await bench.store.putIfNewer([
    ...[0, 1, 2, 3, 4].map(right),
    { ...right(5), version: 99 },
    { ...right(6), state: { name: 'wrong' } },
    { ...right(7), version: 999 },
    { key: 'deleted', version: 5, state: { name: 'deleted' } },
    { key: 'never there', version: 5, state: { name: 'x' } },
  ]);
  return bench;
};

const KEYS = [...Array.from({ length: 10 }, (_, i) => keyOf(i)), 'deleted', 'never there'];

const repairing = (bench: Bench, mend: Mend, more: Partial<RepairOptions> = {}) =>
  repair(
    {
      ...bench.parts,
      keySource: bench.source,
      floors: { of: async (keys) => keys.map((key) => (key === 'deleted' ? 500 : undefined)) },
      changedKeys: new MemoryChangedKeys(),
      quarantined: async function* () {},
      mend,
    },
    {
      plan: 'things',
      keys: KEYS,
      perSecond: 1_000,
      dryRun: false,
      versionsFrom: 'document',
      partitions: 1,
      concurrency: 1,
      chunkSize: 5,
      settleMs: 1_000,
      signal: new AbortController().signal,
      onProgress: () => {},
      ...more,
    },
  );

const ended = async <T>(bench: Bench, running: Promise<T>): Promise<T> => {
  running.catch(() => {});
  await bench.clock.advance(60_000);
  return running;
};

/** What a touch at the source comes to once relay and consumer have passed it on. */
const touching =
  (bench: Bench, touched: string[] = []): Mend =>
  async ({ key, expected, stored }) => {
    touched.push(key);
    const version = Math.max(expected?.version ?? 0, stored?.version ?? 0) + 1_000;
    if (expected?.state)
      bench.source.put({
        _id: JSON.parse(key).$numberInt * 1,
        ...expected.state,
        _banyan: { entity: version },
      });
    await bench.store.putIfNewer([{ key, version, state: expected?.state ?? null }]);
    return 'mended';
  };

describe('a repair at the source', () => {
  it('mends every key that differs, leaves the others alone, and verifies what it mended', async () => {
    const bench = await makeWrong();
    const touched: string[] = [];
    const result = await ended(bench, repairing(bench, touching(bench, touched)));
    expect(result).toMatchObject({ keys: 12, agreed: 5, wrong: 7, mended: 7, left: 0 });
    expect(result.verified).toMatchObject({ mode: 'keys', compared: 7, mismatches: 0 });
    expect(touched.sort()).toEqual([5, 6, 7, 8, 9].map(keyOf).concat('deleted', 'never there').sort());
    expect(repairVerdictOf(result, { keysLeftOut: 0, rejected: 0 })).toBe('equal');
  });

  it('is resumed by doing it again: what was mended is left alone', async () => {
    const bench = await makeWrong();
    const touched: string[] = [];
    const mend = touching(bench, touched);
    const failing: Mend = async (wrong) => {
      if (touched.length >= 3) throw new BanyanError('down', 'the source is down');
      return mend(wrong);
    };
    await expect(ended(bench, repairing(bench, failing))).rejects.toThrow('the source is down');
    const done = touched.length;
    const result = await ended(bench, repairing(bench, mend));
    expect(result).toMatchObject({ agreed: 5 + done, mended: 7 - done });
    expect(new Set(touched).size).toBe(touched.length);
  });

  it('differs still when nobody passes the touch on', async () => {
    const bench = await makeWrong();
    const result = await ended(
      bench,
      repairing(bench, async () => 'mended'),
    );
    expect(result.verified).toMatchObject({ mismatches: 7 });
    expect(repairVerdictOf(result, { keysLeftOut: 0, rejected: 0 })).toBe('different');
    expect(describeRepair(result, 0)).toContain('do relay and consumer run?');
  });

  it('writes nothing when it is only asked what it would do', async () => {
    const bench = await makeWrong();
    const touched: string[] = [];
    const result = await repairing(bench, touching(bench, touched), { dryRun: true });
    expect(result).toMatchObject({ dryRun: true, wrong: 7, mended: 0 });
    expect(touched).toEqual([]);
    expect(repairVerdictOf(result, { keysLeftOut: 0, rejected: 0 })).toBe('different');
    expect(describeRepair(result, 0)).toContain('7 of 12 keys would be mended');
  });

  it('keeps its pace', async () => {
    const bench = await makeWrong();
    const startedAtMs = bench.clock.nowMs();
    const times: number[] = [];
    const mend: Mend = async () => {
      times.push(bench.clock.nowMs() - startedAtMs);
      return 'mended';
    };
    await ended(bench, repairing(bench, mend, { perSecond: 2 }));
    expect(times).toEqual([0, 500, 1_000, 1_500, 2_000, 2_500, 3_000]);
  });

  it('leaves what cannot be transformed to whoever mends the document', async () => {
    const bench = await makeWrong();
    bench.source.put({ _id: 1, bad: true });
    const result = await ended(bench, repairing(bench, touching(bench), { keys: [keyOf(1)] }));
    expect(result).toMatchObject({ mended: 0, left: 1, firstLeft: [{ key: keyOf(1) }] });
    expect(repairVerdictOf(result, { keysLeftOut: 0, rejected: 0 })).toBe('different');
  });

  it('stops when told to', async () => {
    const bench = await makeWrong();
    const signal = AbortSignal.abort(new Error('interrupted'));
    await expect(repairing(bench, touching(bench), { signal })).rejects.toThrow('interrupted');
  });
});

describe('a repair through the sink', () => {
  it('writes what the write law lets it, and leaves the rest to a fresh sink', async () => {
    const bench = await makeWrong();
    const result = await ended(bench, repairing(bench, mendThroughSink(bench.store)));
    // Missing are 8 and 9, older are 5 and the deleted one; 6 and 7 are as new or newer.
    expect(result).toMatchObject({ wrong: 7, mended: 4, left: 3 });
    expect(result.verified).toMatchObject({ compared: 4, mismatches: 0 });
    expect(result.firstLeft.map(({ key }) => key).sort()).toEqual([keyOf(6), keyOf(7), 'never there'].sort());
    for (const { reason } of result.firstLeft) expect(reason).toContain('fresh sink');
    expect((await bench.store.get(['deleted']))[0]).toEqual({ key: 'deleted', version: 500, state: null });
    expect(repairVerdictOf(result, { keysLeftOut: 0, rejected: 0 })).toBe('different');
  });
});

describe('the verdict of a repair', () => {
  it('is not that all agree while keys differ that nobody named', async () => {
    const bench = await makeWrong();
    const result = await repairing(bench, touching(bench), { keys: [] });
    expect(repairVerdictOf(result, { keysLeftOut: 0, rejected: 0 })).toBe('equal');
    expect(repairVerdictOf(result, { keysLeftOut: 1, rejected: 0 })).toBe('different');
    expect(describeRepair(result, 1)).toContain('repair again');
  });

  it('is not that all agree while some are in quarantine', async () => {
    const bench = await makeWrong();
    const result = await repairing(bench, touching(bench), { keys: [] });
    expect(repairVerdictOf(result, { keysLeftOut: 0, rejected: 1 })).toBe('rejects');
    const verified = {
      ...(await verifying(bench, { mode: { kind: 'keys', keys: [keyOf(1)] } })),
      rejected: 1,
    };
    expect(describeRepair({ ...result, verified }, 0)).toContain('0 agree and 1 are in quarantine');
  });
});
