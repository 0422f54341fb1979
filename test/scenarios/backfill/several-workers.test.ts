import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countsOf, statusOf, workersOf } from '../../../migrations/backfill/run-view.ts';
import { eventually } from '../../support/eventually.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 600;
/** Longer than it takes to start another process on a busy machine. */
const SLOWLY = { THINGS_PUT_MS: '500', THINGS_BATCHES_AT_ONCE: '1' };
const PATIENT_MS = 60_000;

describe('several processes that work on one backfill', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, name: `thing ${i}` })));
  }, 60_000);
  afterAll(() => things.close());

  const workers = async () => {
    const view = await things.checkpoint();
    return view ? workersOf(view) : [];
  };
  /** Resolves once a run is under way, and has a checkpoint. */
  const underWay = () =>
    eventually(async () => {
      const view = await things.checkpoint();
      expect(view && statusOf(view)).toBe('running');
      expect(view && countsOf(view).read).toBeGreaterThan(0);
    }, PATIENT_MS);

  it('share its partitions, and copy nothing twice', async () => {
    const started = ['one', 'two'].map((name) =>
      things.start(['backfill', 'run', 'things'], { ...SLOWLY, ...things.logPutsTo(name) }),
    );
    await eventually(async () => expect(await workers()).toHaveLength(2), PATIENT_MS);
    const [one, two] = await Promise.all(started.map(({ ended }) => ended));
    expect([one?.code, two?.code]).toEqual([0, 0]);
    expect(resultOf(one ?? fail())).toMatchObject({ status: 'copied', read: DOCUMENTS, rejected: 0 });
    const puts = await Promise.all(['one', 'two'].map((name) => things.putsIn(name)));
    for (const one of puts) expect(one.length).toBeGreaterThan(0);
    expect(puts.flat(2)).toHaveLength(DOCUMENTS);
    expect(new Set(puts.flat(2)).size).toBe(DOCUMENTS);
  }, 180_000);

  it('go on with what one of them held when it was killed, from its checkpoint', async () => {
    const doomed = things.start(['backfill', 'run', 'things', '--restart'], {
      ...SLOWLY,
      ...things.logPutsTo('doomed'),
    });
    await underWay();
    const heir = things.start(['backfill', 'run', 'things'], { ...SLOWLY, ...things.logPutsTo('heir') });
    await eventually(async () => expect(await workers()).toHaveLength(2), PATIENT_MS);
    doomed.child.kill('SIGKILL');
    await doomed.ended;
    const before = await things.checkpoint();
    const ended = await heir.ended;
    expect(ended.code).toBe(0);
    expect(resultOf(ended)).toMatchObject({ status: 'copied', read: DOCUMENTS });
    const [lost, inherited] = await Promise.all(['doomed', 'heir'].map((name) => things.putsIn(name)));
    const keys = [...(lost ?? []), ...(inherited ?? [])].flat();
    expect(new Set(keys).size).toBe(DOCUMENTS);
    // Written again is only what the dead one had written after the checkpoint that its heir found.
    const again = keys.filter((key, i) => keys.indexOf(key) !== i).map(numberIn);
    const saved = (before?.partitions ?? []).filter(({ owner }) =>
      owner?.name.endsWith(`:${doomed.child.pid}`),
    );
    for (const n of again) {
      const held = saved.find(
        ({ partition: { from, to } }) => numberIn(from) <= n && n < (numberIn(to) || DOCUMENTS),
      );
      expect(held).toBeDefined();
      expect(n).toBeGreaterThan(held?.position ? numberIn(held.position) : -1);
    }
  }, 180_000);

  it('obey an operator at another terminal, who sees what they do', async () => {
    const running = things.start(['backfill', 'run', 'things', '--restart'], SLOWLY);
    await underWay();

    expect((await things.banyan(['backfill', 'pause', 'things'])).code).toBe(0);
    await eventually(async () => {
      const view = await things.checkpoint();
      expect(view && statusOf(view)).toBe('paused');
      expect((await workers())[0]?.throttle).toMatch(/^paused by /);
    }, PATIENT_MS);
    const status = await things.banyan(['backfill', 'status', 'things']);
    expect(status.answers[0]).toMatchObject({
      status: 'paused',
      progress: { activity: 'paused', throttle: expect.stringMatching(/^paused by /), workers: 1 },
    });

    expect((await things.banyan(['backfill', 'throttle', 'things', '10wu'])).code).toBe(0);
    expect((await things.banyan(['backfill', 'concurrency', 'things', '1-2'])).code).toBe(0);
    const resumed = await things.banyan(['backfill', 'resume', 'things']);
    expect(resultOf(resumed)).toMatchObject({ action: 'resume' });
    expect((await things.banyan(['backfill', 'cancel', 'things'])).code).toBe(0);
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(resultOf(ended)).toMatchObject({ status: 'cancelled' });

    const history = await things.banyan(['backfill', 'history', 'things']);
    expect(history.answers.map(({ action }) => action)).toEqual([
      'cancel',
      'resume',
      'concurrency',
      'throttle',
      'pause',
    ]);
    for (const { by, at } of history.answers) expect([typeof by, typeof at]).toEqual(['string', 'string']);
    expect((await things.banyan(['backfill', 'pause', 'things'])).code).toBe(2);
    expect((await things.banyan(['backfill', 'resume', 'things'])).code).toBe(2);
  }, 180_000);
});

const fail = (): never => {
  throw new Error('a process is missing');
};

/** The number in an id's extended JSON; 0 where there is none. */
const numberIn = (json: string | null): number => Number(/\d+(?="}$)/.exec(json ?? '')?.[0] ?? 0);
