import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const MEGABYTE = 1_024 * 1_024;

describe('documents as large as MongoDB takes them', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    for (const [_id, megabytes] of [
      ['wide-1', 15.9],
      ['wide-2', 15.9],
      ['wide-3', 10],
    ] as const)
      await things.insert([{ _id, name: `thing ${_id}`, filler: 'x'.repeat(megabytes * MEGABYTE) }]);
    await things.insert([
      { _id: 'fits', name: 'n'.repeat(390 * 1_024) },
      { _id: 'grown', name: 'n'.repeat(400 * 1_024) },
    ]);
  }, 60_000);
  afterAll(() => things.close());

  it('are copied, and what does not fit an item of the sink goes to quarantine, whole', async () => {
    const copied = await things.banyan(['backfill', 'run', 'things']);
    expect(copied.code).toBe(4);
    expect(resultOf(copied)).toMatchObject({ status: 'copied', read: 5, written: 4, rejected: 1 });
    const stored = await things.stored();
    expect([...stored.keys()].sort()).toEqual(['fits', 'wide-1', 'wide-2', 'wide-3']);
    const [entry, ...others] = await things.quarantined();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ key: 'grown', reason: expect.stringContaining('400 KB') });
    expect(entry?.body.length).toBeGreaterThan(400 * 1_024);
  }, 60_000);
});
