import { beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import {
  BanyanError,
  entityEvent,
  PROBE_TYPE,
  RejectError,
  type SourceDocument,
  type State,
  type VersionedRecord,
  VirtualClock,
} from '../../../services/core/index.ts';
import { MemoryStore } from '../../../services/store/memory-store.ts';
import type { PutOutcome } from '../../../services/store/versioned-store.ts';
import type { BatchReport } from '../../../services/stream/batch-report.ts';
import { type KinesisConsumer, kinesisConsumer } from '../../../services/stream/kinesis-consumer.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import type { Quarantine, QuarantineEntry } from '../../../services/stream/quarantine.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';

const BASE = 49_590_338_271_490_256_608_559_692_538_361_571_095n;
const sequence = (n: number) => String(BASE * 1_000n + BigInt(n));
const ids = Array.from({ length: 5 }, () => new ObjectId());
const keyOf = (n: number) => String(ids[n]);

const document = (n: number, version: number, more: object = {}): SourceDocument => ({
  _id: ids[n],
  name: `user ${n}`,
  ...more,
  _banyan: { entity: version + 1_000, profiles: version },
});
const event = (n: number, version: number, more: object = {}, deleted = false) =>
  entityEvent({
    id: `event-${n}-${version}`,
    source: '/monolith',
    type: deleted ? 'user.deleted' : 'user.profile-updated',
    document: document(n, version, more),
    deleted,
    atMs: 1_700_000_000_000,
  });

/** A store whose calls can be made to fail, and which counts them. */
class TestStore extends MemoryStore {
  readonly calls: VersionedRecord[][] = [];
  fail: (records: readonly VersionedRecord[]) => unknown = () => undefined;

  override async putIfNewer(records: readonly VersionedRecord[]): Promise<PutOutcome[]> {
    this.calls.push([...records]);
    const failure = this.fail(records);
    if (failure) throw failure;
    return super.putIfNewer(records);
  }
}

const transform = ({ name }: SourceDocument): State | null => {
  if (name === 'malformed') throw new RejectError('the name is malformed');
  return name === 'hidden' ? null : { name };
};

describe('kinesisConsumer', () => {
  let store: TestStore;
  let quarantine: Quarantine;
  let reports: BatchReport[];
  let clock: VirtualClock;

  beforeEach(() => {
    store = new TestStore();
    quarantine = new MemoryQuarantine();
    reports = [];
    clock = new VirtualClock();
  });

  const consumer = (storeBatchSize?: number): KinesisConsumer =>
    kinesisConsumer({
      name: 'project-profile',
      slice: 'profiles',
      transform,
      store,
      quarantine,
      clock,
      report: (report) => reports.push(report),
      ...(storeBatchSize ? { storeBatchSize } : {}),
    });

  /** Records numbered from 1, each an event, several events, or text. */
  const records = (...data: (object | string)[]) =>
    kinesisEvent(
      data.map((one, n) => ({
        data: typeof one === 'string' ? one : JSON.stringify(one),
        sequenceNumber: sequence(n + 1),
      })),
    );
  const done = { batchItemFailures: [] };
  const failedFrom = (n: number) => ({ batchItemFailures: [{ itemIdentifier: sequence(n) }] });
  const quarantined = async () => {
    const entries: QuarantineEntry[] = [];
    for await (const entry of quarantine.list('project-profile')) entries.push(entry);
    return entries;
  };
  const transient = () => new BanyanError('dynamodb-busy', 'later', { retryable: true });

  it("stores each event's state at the version of the move's slice", async () => {
    expect(await consumer()(records(event(0, 1), event(1, 2, { name: 'Ada' })))).toEqual(done);
    expect(await store.get([keyOf(0), keyOf(1)])).toEqual([
      { key: keyOf(0), version: 1, state: { name: 'user 0' } },
      { key: keyOf(1), version: 2, state: { name: 'Ada' } },
    ]);
  });

  it('stores a deletion, and a state that the transform hides, as tombstones', async () => {
    await consumer()(records(event(0, 1), event(0, 2, {}, true), event(1, 3, { name: 'hidden' })));
    expect(await store.get([keyOf(0), keyOf(1)])).toEqual([
      { key: keyOf(0), version: 2, state: null },
      { key: keyOf(1), version: 3, state: null },
    ]);
  });

  it('reads events in the batch format', async () => {
    expect(await consumer()(records([event(0, 1), event(1, 1), event(0, 2)]))).toEqual(done);
    expect(store.calls.flat().map(({ key, version }) => [key, version])).toEqual([
      [keyOf(0), 2],
      [keyOf(1), 1],
    ]);
  });

  it('hands the store only the newest state of a key, wherever in the batch it stands', async () => {
    await consumer()(records(event(0, 2), event(1, 1), event(0, 5), event(0, 4)));
    expect(store.calls).toHaveLength(1);
    expect(store.calls[0]?.map(({ version }) => version)).toEqual([5, 1]);
  });

  it('passes over probes', async () => {
    const probe = { ...event(0, 1), type: PROBE_TYPE };
    expect(await consumer()(records(probe, event(1, 1), [probe]))).toEqual(done);
    expect(store.calls.flat().map(({ key }) => key)).toEqual([keyOf(1)]);
    expect(reports).toMatchObject([{ records: 3, probes: 2, applied: 1, events: [{ id: 'event-1-1' }] }]);
  });

  it('reports the trace that each event belongs to', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await consumer()(records({ ...event(0, 1), traceparent }, event(1, 1)));
    expect(reports).toMatchObject([{ events: [{ id: 'event-0-1', traceparent }, { id: 'event-1-1' }] }]);
  });

  it('quarantines an event with the trace that it belongs to', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await consumer()(records({ ...event(0, 1, { name: 'malformed' }), traceparent }));
    const [entry] = await quarantined();
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({ traceparent });
  });

  it('answers nothing failed for no records, without a call to the store', async () => {
    expect(await consumer()({ Records: [] })).toEqual(done);
    expect(store.calls).toEqual([]);
    expect(reports).toMatchObject([{ records: 0, lagMs: 0 }]);
  });

  it('changes nothing when a batch is delivered again', async () => {
    const batch = records(event(0, 1), 'not JSON', event(1, 2));
    await consumer()(batch);
    await clock.advance(5_000);
    expect(await consumer()(batch)).toEqual(done);
    expect(reports.map(({ applied, stale }) => [applied, stale])).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect(await quarantined()).toHaveLength(1);
  });

  it('reports what became of the batch, and how long it had waited', async () => {
    await clock.advance(90_000);
    await consumer()(records(event(0, 1), event(1, 1), 'poison'));
    expect(reports).toEqual([
      {
        records: 3,
        events: [{ id: 'event-0-1' }, { id: 'event-1-1' }],
        probes: 0,
        applied: 2,
        stale: 0,
        quarantined: 1,
        lagMs: 90_000,
      },
    ]);
  });

  describe('with a record that can never be applied', () => {
    it.each<[string, object | string, RegExp]>([
      ['text', 'not JSON', /not JSON/],
      ['another JSON', { hello: 'world' }, /CloudEvent/],
      ['bytes that are no text', '\u0000\u00ff', /not JSON/],
      ['no events', [], /CloudEvent/],
      ['a version that is none', { ...event(0, 1), version: 'newest' }, /version/],
    ])('quarantines %s whole and goes on', async (_what, poison, reason) => {
      expect(await consumer()(records(event(1, 1), poison, event(2, 1)))).toEqual(done);
      expect(await quarantined()).toEqual([
        {
          id: `001700000000000-shardId-000000000003-${sequence(2)}-0`,
          source: 'project-profile',
          reason: expect.stringMatching(reason),
          atMs: clock.nowMs(),
          body: typeof poison === 'string' ? poison : JSON.stringify(poison),
        },
      ]);
      expect(await store.get([keyOf(1), keyOf(2)])).toMatchObject([{ version: 1 }, { version: 1 }]);
    });

    it.each<[string, object]>([
      ['that the transform does not take', event(0, 1, { name: 'malformed' })],
      [
        'whose slice has no usable version',
        { ...event(0, 1), data: { ...document(0, 1), _banyan: { profiles: 'x' } } },
      ],
      ['whose extended JSON is malformed', { ...event(0, 1), data: { _id: { $oid: 'xyz' } } }],
    ])('keeps the key of an event %s', async (_what, poison) => {
      expect(await consumer()(records(poison))).toEqual(done);
      expect(await quarantined()).toMatchObject([{ key: keyOf(0), body: JSON.stringify(poison) }]);
    });

    it('keeps every bad event of a record, and applies the good ones', async () => {
      const bad = { name: 'malformed' };
      const batch = [event(0, 1), event(1, 1, bad), event(2, 1, bad)];
      await consumer()(records(batch));
      expect((await quarantined()).map(({ id, key }) => [id.at(-1), key])).toEqual([
        ['1', keyOf(1)],
        ['2', keyOf(2)],
      ]);
      expect(await store.get([keyOf(0)])).toMatchObject([{ version: 1 }]);
    });

    it('quarantines what the store can never take', async () => {
      const rejecting = {
        putIfNewer: async (all: readonly VersionedRecord[]): Promise<PutOutcome[]> =>
          all.map(({ key }) => (key === keyOf(1) ? new RejectError('too large') : 'written')),
      };
      store.putIfNewer = rejecting.putIfNewer;
      expect(await consumer()(records(event(0, 1), event(1, 1), event(1, 2)))).toEqual(done);
      expect(await quarantined()).toMatchObject([
        { key: keyOf(1), reason: 'too large', body: JSON.stringify(event(1, 2)) },
      ]);
      expect(reports).toMatchObject([{ applied: 1, quarantined: 1 }]);
    });

    it('fails that record, and no earlier one, when the quarantine does not take it', async () => {
      quarantine.put = async () => {
        throw new Error('S3 is away');
      };
      expect(await consumer()(records(event(0, 1), 'poison', event(1, 1), 'poison'))).toEqual(failedFrom(2));
      expect(reports).toMatchObject([
        { applied: 2, quarantined: 0, failure: { sequenceNumber: sequence(2) } },
      ]);
    });
  });

  describe('with a store that fails', () => {
    it('fails from the first record of what the store was handed', async () => {
      store.fail = () => transient();
      expect(await consumer()(records('poison', event(0, 1), event(1, 1)))).toEqual(failedFrom(2));
    });

    it('keeps what calls before the failed one did, and makes none after it', async () => {
      store.fail = (all) => all.some(({ key }) => key === keyOf(2)) && transient();
      const batch = records(event(0, 1), event(1, 1), event(2, 1), event(3, 1), event(4, 1));
      expect(await consumer(2)(batch)).toEqual(failedFrom(3));
      expect(store.calls).toHaveLength(2);
      expect(reports).toMatchObject([{ applied: 2 }]);
    });

    it("fails from a key's first record, though only its last one was handed over", async () => {
      store.fail = (all) => all.some(({ key }) => key === keyOf(1)) && transient();
      const batch = records(event(0, 1), event(1, 1), event(2, 1), event(1, 2));
      expect(await consumer(1)(batch)).toEqual(failedFrom(2));
    });

    it('quarantines only what comes before the failure: the rest comes again', async () => {
      store.fail = (all) => all.some(({ key }) => key === keyOf(1)) && transient();
      expect(await consumer(1)(records('early', event(0, 1), event(1, 1), 'late'))).toEqual(failedFrom(3));
      expect((await quarantined()).map(({ body }) => body)).toEqual(['early']);
    });

    it('names the lower of two failures', async () => {
      store.fail = () => transient();
      quarantine.put = async () => {
        throw new Error('S3 is away');
      };
      expect(await consumer()(records(event(0, 1), 'poison'))).toEqual(failedFrom(1));
      expect(await consumer()(records('poison', event(0, 1)))).toEqual(failedFrom(1));
    });

    it('retries what it cannot tell to be permanent, whatever the message says', async () => {
      store.fail = () => new Error('rejected: this can never succeed');
      expect(await consumer()(records(event(0, 1)))).toEqual(failedFrom(1));
      expect(await quarantined()).toEqual([]);
    });

    it('takes a missing outcome for a failure', async () => {
      store.putIfNewer = async () => [];
      expect(await consumer()(records(event(0, 1)))).toEqual(failedFrom(1));
      expect(reports).toMatchObject([{ failure: { cause: { code: 'no-outcome' } } }]);
    });

    it('converges once the store is back and the rest is delivered again', async () => {
      store.fail = (all) => all.some(({ key }) => key === keyOf(1)) && transient();
      const batch = records(event(0, 2), event(1, 1), event(0, 3), 'poison');
      const [failed] = (await consumer(1)(batch)).batchItemFailures;
      store.fail = () => undefined;
      const from = batch.Records.findIndex((r) => r.kinesis.sequenceNumber === failed?.itemIdentifier);
      expect(await consumer(1)({ Records: batch.Records.slice(from) })).toEqual(done);
      expect(await store.get([keyOf(0), keyOf(1)])).toMatchObject([{ version: 3 }, { version: 1 }]);
      expect(await quarantined()).toHaveLength(1);
    });
  });
});
