import { describe, expect, it } from '@jest/globals';
import { MemoryChangedKeys } from '../../../../migrations/verify/memory-changed-keys.ts';
import type { VerifyMode } from '../../../../migrations/verify/verify-parts.ts';
import { verdictOf } from '../../../../migrations/verify/verify-result.ts';
import { entityEvent, RejectError } from '../../../../services/core/index.ts';
import type { QuarantineEntry } from '../../../../services/stream/quarantine.ts';
import { type Bench, makeBench, PLAN, runOn, things } from '../../../support/backfill-bench.ts';
import { keyOf, settled, verifying } from '../../../support/verify-bench.ts';

const LONGEST_NAME = 20;
const LARGE = 'n'.repeat(LONGEST_NAME + 1);

/** Twenty things and their sink, which refuses long names for good. */
const makeRefusing = (): Bench => {
  const bench = makeBench(things(20));
  const put = bench.store.putIfNewer.bind(bench.store);
  bench.store.putIfNewer = async (records) => {
    const isLarge = ({ state }: (typeof records)[number]) => String(state?.name).length > LONGEST_NAME;
    const outcomes = await put(records.filter((record) => !isLarge(record)));
    return records.map((record) =>
      isLarge(record) ? new RejectError('too large') : (outcomes.shift() ?? 'stale'),
    );
  };
  return bench;
};

const large = (i: number, version = 900) => ({ _id: i, name: LARGE, _banyan: { entity: version } });

/** A sink that refused number 7 from the start, and the newest version of number 8, of which it has an older one. */
const refused = async (): Promise<Bench> => {
  const bench = makeRefusing();
  bench.source.put(large(7));
  await runOn(bench);
  bench.source.put(large(8));
  await runOn(bench, { restart: true });
  return bench;
};

const entriesOf = async (bench: Bench): Promise<QuarantineEntry[]> => {
  const entries: QuarantineEntry[] = [];
  for await (const entry of bench.quarantine.list(PLAN)) entries.push(entry);
  return entries;
};

const changedKeys = () => {
  const changed = new MemoryChangedKeys();
  changed.note(keyOf(7), keyOf(8), keyOf(9));
  return changed;
};

const MODES: readonly VerifyMode[] = [
  { kind: 'full' },
  { kind: 'checksum', buckets: 64 },
  { kind: 'sample', size: 20, seed: 's', confidencePercent: 99 },
  { kind: 'changed', since: '5.1' },
  { kind: 'keys', keys: [keyOf(7), keyOf(8), keyOf(9)] },
];

describe.each(MODES)('what the sink refused for good, compared by $kind', (mode) => {
  const compare = (bench: Bench) => settled(bench, verifying(bench, { mode, changedKeys: changedKeys() }));

  it('is in quarantine, and no mismatch, as long as the source has it so', async () => {
    const result = await compare(await refused());
    expect(result).toMatchObject({ rejected: 2, mismatches: 0, unsettled: 0, keys: [] });
    expect(verdictOf(result)).toBe('rejects');
    expect(new Set(result.firstRejected.map(({ key }) => key))).toEqual(new Set([keyOf(7), keyOf(8)]));
    for (const one of result.firstRejected) {
      expect(one).toMatchObject({ id: expect.any(String), reason: 'too large' });
    }
  });

  it('is a mismatch once the source changed since', async () => {
    const bench = await refused();
    bench.source.put(large(8, 901));
    const result = await compare(bench);
    expect(result).toMatchObject({ rejected: 1, mismatches: 1, keys: [keyOf(8)] });
    expect(verdictOf(result)).toBe('different');
  });

  it('is a mismatch when nobody put it into quarantine', async () => {
    const bench = await refused();
    for (const entry of await entriesOf(bench)) await bench.quarantine.remove(entry);
    expect(await compare(bench)).toMatchObject({ rejected: 0, mismatches: 2 });
  });

  it('is equal once it shrank and was copied', async () => {
    const bench = await refused();
    for (const i of [7, 8]) bench.source.put({ _id: i, name: 'small', _banyan: { entity: 902 } });
    await runOn(bench, { restart: true });
    const result = await compare(bench);
    expect(result).toMatchObject({ rejected: 0, mismatches: 0 });
    expect(verdictOf(result)).toBe('equal');
  });

  it('does not excuse what the sink has at that version', async () => {
    const bench = await refused();
    await bench.store.putIfNewer([{ key: keyOf(7), version: 900, state: { name: 'past the law' } }]);
    expect(await compare(bench)).toMatchObject({ rejected: 1, mismatches: 1, keys: [keyOf(7)] });
  });
});

describe('what is in quarantine', () => {
  const consumed = (bench: Bench, documents: readonly ReturnType<typeof large>[]) => {
    const events = documents.map((document) =>
      entityEvent({
        id: 'e',
        source: '/test',
        type: 'thing.updated',
        document,
        deleted: false,
        atMs: 0,
      }),
    );
    const body = JSON.stringify(events);
    return bench.quarantine.put({ id: 'c', source: PLAN, key: keyOf(7), reason: 'by stream', atMs: 0, body });
  };

  it('is known by the record of a stream as well, be it one of several events', async () => {
    const bench = makeRefusing();
    await runOn(bench);
    bench.source.put(large(7, 950));
    await consumed(bench, [large(8, 940), large(7, 940), large(7, 950)]);
    const result = await settled(bench, verifying(bench));
    expect(result).toMatchObject({ rejected: 1, mismatches: 0, firstRejected: [{ reason: 'by stream' }] });
  });

  it('is told by state where documents have no version', async () => {
    const bench = makeRefusing();
    bench.source.put({ _id: 'old', name: LARGE });
    await runOn(bench);
    expect(await settled(bench, verifying(bench))).toMatchObject({ rejected: 1, mismatches: 0 });
    bench.source.put({ _id: 'old', name: `${LARGE} by hand` });
    expect(await settled(bench, verifying(bench))).toMatchObject({ rejected: 0, mismatches: 1 });
  });

  it('is looked at again once a key had its time: the consumer may be late', async () => {
    const bench = makeRefusing();
    await runOn(bench);
    bench.source.put(large(7, 950));
    const running = verifying(bench);
    running.catch(() => {});
    await bench.clock.advance(5_000);
    await consumed(bench, [large(7, 950)]);
    await bench.clock.advance(25_000);
    expect(await running).toMatchObject({ rejected: 1, mismatches: 0 });
  });

  it('is not read as long as nothing differs', async () => {
    const bench = makeRefusing();
    await runOn(bench);
    const quarantined = (): AsyncIterable<QuarantineEntry> => {
      throw new Error('nobody may look');
    };
    expect(await verifying(bench, { quarantined })).toMatchObject({ compared: 20, mismatches: 0 });
  });

  it('does no harm where it cannot be read', async () => {
    const bench = await refused();
    for (const entry of await entriesOf(bench)) await bench.quarantine.put({ ...entry, body: '{"no": ' });
    expect(await settled(bench, verifying(bench))).toMatchObject({ rejected: 0, mismatches: 2 });
  });

  it('is a mismatch of the transform, too, when the document changed since', async () => {
    const bench = makeRefusing();
    const bad = (version: number) => ({ _id: 'bad', bad: true, _banyan: { entity: version } });
    bench.source.put(bad(5));
    await runOn(bench);
    expect(await settled(bench, verifying(bench))).toMatchObject({ rejected: 1, mismatches: 0 });
    bench.source.put(bad(6));
    expect(await settled(bench, verifying(bench))).toMatchObject({ rejected: 0, kinds: { rejected: 1 } });
  });

  it('waits for room no longer than others do, however much of it there is', async () => {
    const count = 12_000;
    const bench = makeBench(things(count, { name: LARGE }));
    bench.store.putIfNewer = async (records) => records.map(() => new RejectError('too large'));
    await runOn(bench, { batchSize: 500 });
    const result = await settled(bench, verifying(bench, { chunkSize: 2_000 }));
    expect(result).toMatchObject({ rejected: count, mismatches: 0, unsettled: 0 });
    expect(result.elapsedMs).toBeLessThan(10_000);
  });
});
