import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Running, resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 300;
const SLOWLY = { THINGS_PUT_MS: '1000' };

/** Resolves at the first sign of progress. */
const progressOf = async ({ child }: Running): Promise<void> => {
  if (child.stdout) await once(child.stdout, 'data');
};

describe('a backfill and its operator', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, name: `thing ${i}` })));
  }, 60_000);
  afterAll(() => things.close());

  it('has nothing to resume before it was begun', async () => {
    const ended = await things.banyan(['backfill', 'resume', 'things']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('begin one with `banyan backfill run things`');
  }, 60_000);

  it('stops at Ctrl-C, says how to go on, and goes on without redoing anything', async () => {
    const running = things.start(['backfill', 'run', 'things'], { ...SLOWLY, ...things.logPutsTo('first') });
    await progressOf(running);

    running.child.kill('SIGINT');
    const stopped = await running.ended;
    expect(stopped.code).toBe(130);
    const result = resultOf(stopped);
    expect(result).toMatchObject({ status: 'stopped' });
    const first = (await things.putsIn('first')).flat();
    expect(first).toHaveLength(Number(result?.read));
    expect(first.length).toBeLessThan(DOCUMENTS);

    const resumed = await things.banyan(['backfill', 'resume', 'things'], things.logPutsTo('second'));
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(resumed)).toMatchObject({ run: result?.run, status: 'copied', read: DOCUMENTS });
    const rest = (await things.putsIn('second')).flat();
    expect(first.length + rest.length).toBe(DOCUMENTS);
    expect((await things.stored()).size).toBe(DOCUMENTS);
  }, 60_000);

  it('copies nothing again when it is copied, and everything with --restart', async () => {
    const again = await things.banyan(['backfill', 'run', 'things'], things.logPutsTo('again'));
    expect(again.code).toBe(0);
    expect(await things.putsIn('again')).toEqual([]);
    const restarted = await things.banyan(['backfill', 'run', 'things', '--restart']);
    expect(resultOf(restarted)).toMatchObject({ read: DOCUMENTS, written: 0, stale: DOCUMENTS });
  }, 60_000);

  it('keeps to --max-rate', async () => {
    const startedAtMs = Date.now();
    const ended = await things.banyan(['backfill', 'run', 'things', '--restart', '--max-rate', '150']);
    expect(ended.code).toBe(0);
    expect(Date.now() - startedAtMs).toBeGreaterThan((DOCUMENTS / 150) * 1_000 * 0.9);
  }, 60_000);

  it('knows no plan of another name, and names the nearest', async () => {
    const ended = await things.banyan(['backfill', 'run', 'thing']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('there is no plan thing: known: things');
  }, 60_000);
});
