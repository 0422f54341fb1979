import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshAws } from '../../support/engines.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';
import { openThrottling } from '../../support/throttling-endpoint.ts';

const DOCUMENTS = 150;

describe('a sink that refuses half of what it is sent', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, name: `thing ${i}` })));
  }, 60_000);
  afterAll(() => things.close());

  it.each([
    ['batches of inserts', { THINGS_MOSTLY_ABSENT: 'yes' }],
    ['conditional puts', {}],
  ])(
    'is asked for less, and told why; everything is copied by %s',
    async (_, more) => {
      let asked = 0;
      const throttling = await openThrottling({
        behind: freshAws().endpoint,
        table: things.table,
        isRefused: () => ++asked % 2 === 0,
      });
      const variables = { AWS_ENDPOINT_URL: throttling.endpoint, ...more };
      const ended = await things.banyan(['backfill', 'run', 'things', '--restart'], variables);
      await throttling.close();
      expect(ended.code).toBe(0);
      const { written, stale, ...counts } = resultOf(ended) ?? {};
      expect(counts).toMatchObject({ status: 'copied', read: DOCUMENTS, rejected: 0 });
      expect(Number(written) + Number(stale)).toBe(DOCUMENTS);
      expect(throttling.refused()).toBeGreaterThan(DOCUMENTS / 10);
      expect(ended.answers.map(({ throttle }) => throttle)).toContainEqual(
        expect.stringContaining('the sink says that it is too busy'),
      );
      expect((await things.stored()).size).toBe(DOCUMENTS);
    },
    120_000,
  );
});
