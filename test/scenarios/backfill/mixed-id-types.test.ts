import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entityKeyOf } from '../../../services/core/index.ts';
import { MIXED_IDS } from '../../contract/source-contract.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

/** An empty string is no key that DynamoDB takes. */
const IDS = MIXED_IDS.filter((id) => id !== '');

describe('a collection with ids of every type', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert(IDS.map((_id) => ({ _id, name: `thing ${entityKeyOf(_id)}` })));
  }, 60_000);
  afterAll(() => things.close());

  it('is copied whole, and verified', async () => {
    const copied = await things.banyan(['backfill', 'run', 'things']);
    expect(copied).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(copied)).toMatchObject({ read: IDS.length, written: IDS.length });
    expect([...(await things.stored()).keys()].sort()).toEqual(IDS.map(entityKeyOf).sort());
    const verified = await things.banyan(['verify', 'things']);
    expect(verified.code).toBe(0);
    expect(resultOf(verified)).toMatchObject({
      verdict: 'equal',
      compared: IDS.length,
      scanned: IDS.length,
      mismatches: 0,
    });
  }, 60_000);
});
