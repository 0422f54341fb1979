import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDoor } from '../../support/closable-door.ts';
import { freshAws } from '../../support/engines.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 300;

describe('a sink that goes away in the middle of a backfill', () => {
  let things: Things;
  let door: Awaited<ReturnType<typeof openDoor>>;
  beforeAll(async () => {
    things = await makeThings();
    door = await openDoor(freshAws().endpoint);
    await things.insert(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, name: `thing ${i}` })));
  }, 60_000);
  afterAll(async () => {
    await things.close();
    await door.shut();
  });

  it('is waited for, then ends the run with 3 and its checkpoint kept; a resume does the rest', async () => {
    const running = things.start(['backfill', 'run', 'things'], {
      AWS_ENDPOINT_URL: door.endpoint,
      THINGS_PUT_MS: '500',
      ...things.logPutsTo('first'),
    });
    if (running.child.stdout) await once(running.child.stdout, 'data');
    await door.shut();
    const ended = await running.ended;
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('go on with `banyan backfill resume things`');
    expect(ended.stderr).toContain(`DynamoDB does not answer at ${new URL(door.endpoint).host}`);

    await door.reopen();
    const resumed = await things.banyan(['backfill', 'resume', 'things'], {
      AWS_ENDPOINT_URL: door.endpoint,
      ...things.logPutsTo('second'),
    });
    expect(resumed.code).toBe(0);
    expect(resultOf(resumed)).toMatchObject({ status: 'copied', read: DOCUMENTS, rejected: 0 });
    const [first, second] = await Promise.all(['first', 'second'].map((name) => things.putsIn(name)));
    expect(second?.flat().length).toBeLessThan(DOCUMENTS);
    expect(new Set([...(first ?? []), ...(second ?? [])].flat()).size).toBe(DOCUMENTS);
    expect((await things.stored()).size).toBe(DOCUMENTS);
  }, 240_000);
});
