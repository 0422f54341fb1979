import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resultOf } from '../../support/run-banyan.ts';
import { makeCopiedThings, type Things, versionedThings } from '../../support/things-world.ts';

const DOCUMENTS = 40;

describe('a table that somebody wrote to past the write law', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeCopiedThings(versionedThings(DOCUMENTS));
  }, 60_000);
  afterAll(() => things.close());

  it('is found out by a comparison, key by key, and is right again after a fresh copy of what is older', async () => {
    await things.putPastLaw('thing-1', 999, 'name 1');
    await things.putPastLaw('thing-2', 1_002, 'other name');
    await things.putPastLaw('nobody', 1, 'never there');
    await things.deletePastLaw('thing-3');

    const verified = await things.banyan(['verify', 'things', '--settle-ms', '500', '--show-values']);
    expect(verified.code).toBe(5);
    const { first, ...result } = resultOf(verified) as { first: { key: string; differences: object[] }[] };
    expect(result).toMatchObject({ verdict: 'different', compared: DOCUMENTS, mismatches: 4 });
    expect(Object.fromEntries(first.map(({ key, differences }) => [key, differences]))).toEqual({
      'thing-1': [{ kind: 'version', source: 1_001, sink: 999 }],
      'thing-2': [{ kind: 'field', field: 'name', source: 'name 2', sink: 'other name' }],
      'thing-3': [{ kind: 'missing', source: 1_003 }],
      nobody: [{ kind: 'extra', sink: 1 }],
    });

    const again = await things.banyan(['backfill', 'run', 'things', '--restart']);
    expect(resultOf(again)).toMatchObject({ written: 2, stale: DOCUMENTS - 2 });
    const left = await things.banyan(['verify', 'things', '--settle-ms', '500']);
    const keys = (resultOf(left) as { first: { key: string }[] }).first.map(({ key }) => key);
    expect(keys.sort()).toEqual(['nobody', 'thing-2']);
  }, 120_000);
});
