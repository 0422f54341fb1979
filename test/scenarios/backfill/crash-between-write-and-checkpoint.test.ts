import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 400;

describe('a backfill that is killed between a write and its checkpoint', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, name: `thing ${i}` })));
  }, 60_000);
  afterAll(() => things.close());

  it('redoes what followed its last checkpoint and nothing else, however often it is killed', async () => {
    // Slow puts, so that some checkpoints lie between two kills.
    const slow = { THINGS_PUT_MS: '150' };
    const puts: string[][][] = [];
    for (const [i, killAfter] of [18, 15].entries()) {
      const log = `puts-${i}`;
      const killed = await things.banyan(['backfill', 'run', 'things'], {
        ...slow,
        ...things.logPutsTo(log),
        THINGS_KILL_AFTER_PUTS: String(killAfter),
      });
      if (killed.signal !== 'SIGKILL') throw new Error(killed.stderr);
      puts.push(await things.putsIn(log));
    }
    const checkpointed = await statusOf(things);
    expect(checkpointed.status).toBe('running');
    expect(Number(checkpointed.written)).toBeGreaterThan(0);

    const finished = await things.banyan(['backfill', 'resume', 'things'], things.logPutsTo('puts-last'));
    puts.push(await things.putsIn('puts-last'));
    expect(finished.code).toBe(0);
    expect(resultOf(finished)).toMatchObject({ status: 'copied', read: DOCUMENTS, rejected: 0 });

    const lastRun = puts.at(-1)?.flat() ?? [];
    expect(lastRun).toHaveLength(DOCUMENTS - Number(checkpointed.read));
    const all = puts.flat(2);
    expect(new Set(all).size).toBe(DOCUMENTS);
    // At most a second and a half of work, twice: 2 partitions of 2 batches of 10 in 150 ms each.
    expect(all.length - DOCUMENTS).toBeLessThanOrEqual(2 * 40 * 10);
    expect((await things.stored()).size).toBe(DOCUMENTS);
  }, 90_000);
});

const statusOf = async (things: Things) => {
  const { answers } = await things.banyan(['backfill', 'status', 'things']);
  return answers[0] as { status: string; read: number; written: number };
};
