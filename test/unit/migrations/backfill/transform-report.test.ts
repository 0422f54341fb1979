import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { recordOrReject } from '../../../../migrations/backfill/record-or-reject.ts';
import { TransformWatch } from '../../../../migrations/backfill/transform-report.ts';
import { RejectError, type SourceDocument, type Transform } from '../../../../services/core/index.ts';

const schema = z.object({ name: z.string(), age: z.number() });
const byZod: Transform = (document) => (document.hidden ? null : schema.parse(document));

const watched = async (transform: Transform, documents: readonly SourceDocument[]) => {
  const watch = new TransformWatch(transform);
  for (const document of documents) {
    const record = recordOrReject(document, { slice: 'entity', transform: watch.transform });
    if (!(record instanceof RejectError)) continue;
    const key = String(document._id);
    await watch.quarantine.put({ id: key, source: 'x', key, reason: record.message, atMs: 0, body: '' });
  }
  return watch.report();
};

describe('watching a transform', () => {
  it('tells the fields that it never looks at, and in how many documents they are', async () => {
    const { fields } = await watched(byZod, [
      { _id: 'a', name: 'Ada', age: 1, note: 'x', _banyan: { entity: 1 } },
      { _id: 'b', name: 'Bea', age: 2 },
    ]);
    expect(fields).toEqual([
      { field: 'name', documents: 2, read: true },
      { field: 'age', documents: 2, read: true },
      { field: 'note', documents: 1, read: false },
    ]);
  });

  it('gathers rejects by reason, with the field at fault and some keys', async () => {
    const { rejects } = await watched(byZod, [
      ...['k1', 'k2', 'k3', 'k4'].map((_id) => ({ _id, name: 5, age: 1 })),
      { _id: 'k5', name: 'Eve', age: 'old' },
    ]);
    expect(rejects).toMatchObject([
      { field: 'name', documents: 4, keys: ['k1', 'k2', 'k3'] },
      { field: 'age', documents: 1, keys: ['k5'] },
    ]);
    expect(rejects[0]?.reason).toContain('the transform does not take …');
  });

  it('counts tombstones and sizes', async () => {
    const report = await watched(byZod, [
      { _id: 'a', hidden: true },
      { _id: 'b', name: 'B'.repeat(2_000), age: 1 },
      { _id: 'c', name: 'C', age: 1 },
    ]);
    expect(report).toMatchObject({ tombstones: 1, largestBytes: 2_019, bytes: 2_039, writeUnits: 3 });
  });

  it('changes nothing about what the transform answers, even one that cannot bear to be watched', async () => {
    const cloning: Transform = (document) => ({ copy: structuredClone(document) });
    const { rejects, bytes } = await watched(cloning, [{ _id: 'a', name: 'Ada' }]);
    expect(rejects).toEqual([]);
    expect(bytes).toBe(Buffer.byteLength('{"copy":{"_id":"a","name":"Ada"}}'));
  });
});
