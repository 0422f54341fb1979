import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

describe('a malformed document in the source', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert([
      ...Array.from({ length: 50 }, (_, i) => ({ _id: i, name: `thing ${i}` })),
      { _id: 'broken', name: 42, note: 'kept whole' },
    ]);
  }, 60_000);
  afterAll(() => things.close());

  it('goes to quarantine with its reason while the rest is copied, and the command ends with 4', async () => {
    const copied = await things.banyan(['backfill', 'run', 'things']);
    expect(copied.code).toBe(4);
    expect(copied.stderr).toContain('banyan backfill retry-rejects things');
    expect(resultOf(copied)).toMatchObject({ status: 'copied', read: 51, written: 50, rejected: 1 });
    expect(await things.quarantined()).toMatchObject([
      {
        source: 'things',
        key: 'broken',
        reason: 'the name is no text',
        body: '{"_id":"broken","name":{"$numberInt":"42"},"note":"kept whole"}',
      },
    ]);
  }, 60_000);

  it('is counted apart by a comparison, which ends with 4 too', async () => {
    const verified = await things.banyan(['verify', 'things']);
    expect(verified.code).toBe(4);
    expect(resultOf(verified)).toMatchObject({
      verdict: 'rejects',
      compared: 51,
      rejected: 1,
      mismatches: 0,
    });
  }, 60_000);

  it('stays in quarantine when it is retried and nobody mended it', async () => {
    const retried = await things.banyan(['backfill', 'retry-rejects', 'things']);
    expect(retried.code).toBe(4);
    expect(retried.answers[0]).toMatchObject({
      key: 'broken',
      outcome: 'rejected',
      reason: 'the name is no text',
    });
    expect(await things.quarantined()).toHaveLength(1);
  }, 60_000);

  it('is copied by a retry once it is mended at the source', async () => {
    await things.db.command({
      update: 'things',
      updates: [{ q: { _id: 'broken' }, u: { $set: { name: 'mended' } } }],
      writeConcern: { w: 'majority' },
    });
    const retried = await things.banyan(['backfill', 'retry-rejects', 'things']);
    expect(retried).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(retried)).toMatchObject({ settled: 1, kept: 0 });
    expect((await things.stored()).get('broken')?.state).toEqual({ name: 'mended' });
    expect(await things.quarantined()).toEqual([]);
    const verified = await things.banyan(['verify', 'things']);
    expect(verified.code).toBe(0);
  }, 60_000);
});
