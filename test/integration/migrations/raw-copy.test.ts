import { describe, expect, it } from '@jest/globals';
import { Long, ObjectId } from 'mongodb';
import { countsOf } from '../../../migrations/backfill/run-view.ts';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import { fieldsOf } from '../../../migrations/moves/plan.ts';
import { pick, RejectError, type Transform, wholeDocument } from '../../../services/core/index.ts';
import { MemoryStore } from '../../../services/store/memory-store.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';
import { makeBench, runOn } from '../../support/backfill-bench.ts';
import { freshDatabase } from '../../support/engines.ts';

const USABLE = Array.from({ length: 35 }, (_, n) => ({
  _id: n % 2 === 0 ? new ObjectId() : `user-${n}`,
  name: `Ada ${n}`,
  tags: ['a', { deep: Long.fromString('9007199254740993') }],
  note: 'never picked',
  _banyan: { entity: n % 3 === 0 ? Long.fromNumber(1_700_000_000_000_000 + n) : n },
}));
const UNUSABLE = { _id: 'broken', name: 'No version', note: 'whole', _banyan: { entity: 'yesterday' } };
const REFUSED = { _id: 'refused', name: 'Refused', note: 'whole', _banyan: { entity: 5 } };

/** Takes everything but one name, once it has looked at it. */
class PickyStore extends MemoryStore {
  override async putIfNewer(records: Parameters<VersionedStore['putIfNewer']>[0]) {
    const outcomes = await super.putIfNewer(records);
    return outcomes.map((outcome, n) =>
      records[n]?.state?.name === 'Refused' ? new RejectError('not this one') : outcome,
    );
  }
}

const byKey = (a: { key?: string | undefined }, b: { key?: string | undefined }) =>
  String(a.key) < String(b.key) ? -1 : 1;

/** What a copy of the same collection comes to. */
const copyBy = async (transform: Transform, limit?: number) => {
  const { db, drop } = await freshDatabase();
  const documents = [...USABLE, UNUSABLE, REFUSED];
  await db.command({ insert: 'things', documents, writeConcern: { w: 'majority' } });
  const fields = fieldsOf({ transform, fields: undefined });
  const store = new PickyStore();
  const bench = makeBench([], {
    source: new MongoSource({ db, collection: 'things', fields }),
    store,
    reading: { slice: 'entity', transform, fields },
  });
  const view = await runOn(bench, limit === undefined ? {} : { limit });
  const copied = [];
  for await (const page of store.scan()) copied.push(...page);
  const rejected = [];
  for await (const { key, reason, body } of bench.quarantine.list('things'))
    rejected.push({ key, reason, body });
  await drop();
  // Partitions are copied two at a time, in no order.
  return { read: view && countsOf(view).read, copied: copied.sort(byKey), rejected: rejected.sort(byKey) };
};

describe('a copy that reads raw documents', () => {
  it.each([
    ['picks fields', pick('name', 'tags', 'gone')],
    ['passes everything on', wholeDocument],
  ])('comes to the same as one that decodes them, rejects included, when it %s', async (_, transform) => {
    const decoded = await copyBy((document) => transform(document));
    const raw = await copyBy(transform);
    expect(raw).toEqual(decoded);
    expect(raw.copied.length).toBeGreaterThanOrEqual(USABLE.length);
    expect(raw.rejected.map(({ key }) => key)).toEqual(['broken', 'refused']);
    for (const { body } of raw.rejected) expect(JSON.parse(body)).toMatchObject({ note: 'whole' });
  });

  it('stops at the limit in the middle of a batch', async () => {
    expect((await copyBy(pick('name'), 7)).read).toBe(7);
  });
});
