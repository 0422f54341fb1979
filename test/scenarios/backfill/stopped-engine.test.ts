import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeThings, type Things } from '../../support/things-world.ts';

const NOWHERE = 'http://127.0.0.1:1';

describe('an engine that does not answer', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert([{ _id: 1, name: 'thing' }]);
  }, 60_000);
  afterAll(() => things.close());

  it.each([['backfill', 'run'], ['verify']])(
    'ends `%s %s` with 3 when it is MongoDB, and says where it was looked for',
    async (...words) => {
      const ended = await things.banyan([...words, 'things'], {
        MONGODB_URI: 'mongodb://127.0.0.1:1/?directConnection=true',
      });
      expect(ended.code).toBe(3);
      expect(ended.stderr).toContain('MongoDB does not answer at 127.0.0.1:1');
    },
    30_000,
  );

  it.each([['backfill', 'run'], ['verify']])(
    'ends `%s %s` with 3 when it is DynamoDB, and says where it was looked for',
    async (...words) => {
      const ended = await things.banyan([...words, 'things'], { AWS_ENDPOINT_URL: NOWHERE });
      expect(ended.code).toBe(3);
      expect(ended.stderr).toContain('DynamoDB does not answer at 127.0.0.1:1');
    },
    60_000,
  );

  it('leaves nothing half-done: the copy begins afresh afterwards', async () => {
    const status = await things.banyan(['backfill', 'status', 'things']);
    expect(status.answers).toEqual([{ plan: 'things', status: 'never-run' }]);
    expect((await things.banyan(['backfill', 'run', 'things'])).code).toBe(0);
  }, 60_000);
});
