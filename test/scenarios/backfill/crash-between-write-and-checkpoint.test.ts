import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countsOf } from '../../../migrations/backfill/run-view.ts';
import { eventually } from '../../support/eventually.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 800;
/** So that checkpoints lie between the puts of a run. */
const SLOWLY = { THINGS_PUT_MS: '200' };

describe('a backfill that is killed between a write and its checkpoint', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, name: `thing ${i}` })));
  }, 60_000);
  afterAll(() => things.close());

  const checkpointed = async (): Promise<number> => {
    const run = await things.checkpoint();
    return run ? countsOf(run).read : 0;
  };

  /** Runs until a checkpoint covers more than `covered`, and dies after the put that follows. */
  const runAndDie = async (name: string, covered: number): Promise<string[]> => {
    const { variables, kill } = things.mortal(name);
    const env = { ...SLOWLY, ...variables, ...things.logPutsTo(name) };
    const { ended } = things.start(['backfill', 'run', 'things'], env);
    await eventually(async () => expect(await checkpointed()).toBeGreaterThan(covered), 60_000);
    await kill();
    const killed = await ended;
    if (killed.signal !== 'SIGKILL') throw new Error(killed.stderr);
    return (await things.putsIn(name)).flat();
  };

  it('redoes what followed its last checkpoint and nothing else, however often it is killed', async () => {
    const first = await runAndDie('first', 0);
    const afterFirst = await checkpointed();
    const second = await runAndDie('second', afterFirst);
    const afterSecond = await checkpointed();
    expect(first.length).toBeGreaterThan(afterFirst);
    expect(afterFirst + second.length).toBeGreaterThan(afterSecond);

    const finished = await things.banyan(['backfill', 'resume', 'things'], things.logPutsTo('last'));
    const last = (await things.putsIn('last')).flat();
    expect(finished.code).toBe(0);
    expect(resultOf(finished)).toMatchObject({ status: 'copied', read: DOCUMENTS, rejected: 0 });
    expect(last).toHaveLength(DOCUMENTS - afterSecond);
    expect(new Set([...first, ...second, ...last]).size).toBe(DOCUMENTS);
    expect((await things.stored()).size).toBe(DOCUMENTS);
  }, 180_000);
});
