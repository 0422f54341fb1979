import { describe, expect, it } from '@jest/globals';
import type { KinesisStreamEvent } from 'aws-lambda';
import { VirtualClock } from '../../../services/core/index.ts';
import type { BatchReport } from '../../../services/stream/batch-report.ts';
import { dataOf } from '../../../services/stream/decode-batch.ts';
import { MemoryClaimStore } from '../../../services/stream/memory-claim-store.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { resolveClaims } from '../../../services/stream/resolve-claims.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';

const setUp = (limit: { maxResolvedBytes?: number } = {}, broken: Partial<MemoryQuarantine> = {}) => {
  const claims = new MemoryClaimStore();
  const quarantine = Object.assign(new MemoryQuarantine(), broken);
  const seen: unknown[] = [];
  const calls: number[] = [];
  const reports: BatchReport[] = [];
  let failing: string | undefined;
  const consumer = resolveClaims(
    async ({ Records }: KinesisStreamEvent) => {
      seen.push(...Records.map((record) => dataOf(record)));
      calls.push(Records.length);
      const fails = Records.some(({ kinesis }) => kinesis.sequenceNumber === failing);
      return { batchItemFailures: fails && failing ? [{ itemIdentifier: failing }] : [] };
    },
    {
      claims,
      quarantine,
      name: 'index-users',
      clock: new VirtualClock(1_700_000_000_250),
      report: (report) => reports.push(report),
      ...limit,
    },
  );
  const run = (...data: unknown[]) =>
    consumer(
      kinesisEvent(
        data.map((one, n) => ({
          data: typeof one === 'string' ? one : JSON.stringify(one),
          sequenceNumber: String(n + 1),
        })),
      ),
    );
  const quarantined = async () => {
    const entries = [];
    for await (const entry of quarantine.list('index-users')) entries.push(entry);
    return entries;
  };
  const failAt = (sequenceNumber: string) => {
    failing = sequenceNumber;
  };
  return { claims, seen, calls, reports, run, quarantined, failAt };
};

const DONE = { batchItemFailures: [] };
const event = (id: string) => ({ specversion: '1.0', id, subject: `key ${id}` });

describe('the resolving of claims', () => {
  it('passes records without a claim on as they came', async () => {
    const { seen, run } = setUp();
    const whole = { ...event('1'), data: { _id: 1 }, dataref: 'elsewhere:1' };
    expect(await run(whole, 'not JSON', '3', 'null')).toEqual(DONE);
    expect(seen).toEqual([JSON.stringify(whole), 'not JSON', '3', 'null']);
  });

  it('puts the data back', async () => {
    const { claims, seen, run } = setUp();
    const dataref = await claims.put('1', '{"_id":"ü"}');
    expect(await run({ ...event('1'), dataref })).toEqual(DONE);
    expect(seen.map((one) => JSON.parse(String(one)))).toEqual([{ ...event('1'), data: { _id: 'ü' } }]);
  });

  it('puts the data back into a batch of events', async () => {
    const { claims, seen, run } = setUp();
    const dataref = await claims.put('1', '1');
    await run([
      { ...event('1'), dataref },
      { ...event('2'), data: 2 },
    ]);
    expect(JSON.parse(String(seen[0]))).toEqual([
      { ...event('1'), data: 1 },
      { ...event('2'), data: 2 },
    ]);
  });

  it('quarantines a record whose data are gone, with its key, and goes on', async () => {
    const { claims, seen, reports, run, quarantined } = setUp();
    const dataref = await claims.put('1', '1');
    claims.forget(dataref);
    const gone = { ...event('1'), dataref };
    expect(await run(gone, { ...event('2'), dataref: 'http://elsewhere' }, '{}')).toEqual(DONE);
    expect(seen).toEqual(['{}']);
    expect(await quarantined()).toMatchObject([
      { key: 'key 1', reason: expect.stringMatching(/are gone/), body: JSON.stringify(gone) },
      { key: 'key 2', reason: expect.stringMatching(/no reference of this store/) },
    ]);
    expect(reports).toEqual([
      {
        records: 2,
        events: [{ id: '1' }, { id: '2' }],
        probes: 0,
        applied: 0,
        stale: 0,
        quarantined: 2,
        lagMs: 250,
      },
    ]);
  });

  it('retries from the record on whose data cannot be had now', async () => {
    const { claims, seen, reports, run, quarantined } = setUp();
    const away = new Error('away');
    claims.get = () => Promise.reject(away);
    expect(await run('"1"', { ...event('2'), dataref: 'memory:2' }, '"3"')).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }],
    });
    expect([seen, await quarantined()]).toEqual([['"1"'], []]);
    expect(reports).toMatchObject([
      { records: 1, quarantined: 0, failure: { sequenceNumber: '2', cause: away } },
    ]);
  });

  it('quarantines data that are no JSON', async () => {
    const { claims, run, quarantined } = setUp();
    const dataref = await claims.put('1', '{"cut');
    expect(await run({ ...event('1'), dataref })).toEqual(DONE);
    expect(await quarantined()).toMatchObject([{ reason: expect.stringMatching(/are not JSON/) }]);
  });

  it('retries a record that the quarantine does not take', async () => {
    const { claims, reports, run } = setUp({}, { put: () => Promise.reject(new Error('no room')) });
    const dataref = await claims.put('1', '1');
    claims.forget(dataref);
    expect(await run({ ...event('1'), dataref })).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(reports).toMatchObject([{ quarantined: 0, failure: { cause: new Error('no room') } }]);
  });

  it('reports nothing of what the consumer saw', async () => {
    const { claims, reports, run } = setUp();
    await run({ ...event('1'), dataref: await claims.put('1', '1') }, '{}');
    expect(reports).toEqual([]);
  });

  it('hands a part of the batch on before it holds too much', async () => {
    const { claims, seen, calls, run, failAt } = setUp({ maxResolvedBytes: 1_000 });
    const dataref = await claims.put('1', JSON.stringify('x'.repeat(600)));
    const large = (id: string) => ({ ...event(id), dataref });
    expect(await run(large('1'), '{}', large('2'), large('3'), '{}')).toEqual(DONE);
    expect([calls, seen.length]).toEqual([[3, 2], 5]);
    failAt('2');
    expect(await run(large('1'), '{}', large('2'), large('3'), '{}')).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }],
    });
    expect(calls).toEqual([3, 2, 3]);
  });

  it('retries from an earlier record that the consumer could not do', async () => {
    const { claims, run, failAt } = setUp();
    claims.get = () => Promise.reject(new Error('away'));
    failAt('1');
    expect(await run('"1"', { ...event('2'), dataref: 'memory:2' })).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
  });
});
