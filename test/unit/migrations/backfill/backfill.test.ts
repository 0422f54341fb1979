import { describe, expect, it } from '@jest/globals';
import { ControlCheckpointStore } from '../../../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { giveOrder, orderLogOf } from '../../../../migrations/backfill/give-order.ts';
import type { Order } from '../../../../migrations/backfill/orders.ts';
import { countsOf, loadView, type RunView, statusOf } from '../../../../migrations/backfill/run-view.ts';
import type { Source } from '../../../../migrations/backfill/source.ts';
import { MemorySource } from '../../../../migrations/backfill/sources/memory-source.ts';
import { AdaptiveConcurrency } from '../../../../migrations/backfill/throttle/adaptive-concurrency.ts';
import {
  BanyanError,
  entityKeyOf,
  RejectError,
  type VersionedRecord,
  VirtualClock,
} from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';
import { MemoryStore } from '../../../../services/store/memory-store.ts';
import type { VersionedStore } from '../../../../services/store/versioned-store.ts';
import type { QuarantineEntry } from '../../../../services/stream/quarantine.ts';
import { type Bench, makeBench, openOn, PLAN, runOn, things } from '../../../support/backfill-bench.ts';

const busy = () => new BanyanError('busy', 'too many requests', { retryable: true });

/** A store whose put does `before` first. */
const storeThat = (before: (records: readonly VersionedRecord[]) => void | Promise<void>) => {
  const store = new MemoryStore();
  const putIfNewer = store.putIfNewer.bind(store);
  store.putIfNewer = async (records) => {
    await before(records);
    return putIfNewer(records);
  };
  return store;
};

const keysIn = async (store: VersionedStore): Promise<string[]> => {
  const keys: string[] = [];
  for await (const page of store.scan()) keys.push(...page.map(({ key }) => key));
  return keys;
};

const quarantined = async ({ quarantine }: ReturnType<typeof makeBench>) => {
  const entries: QuarantineEntry[] = [];
  for await (const entry of quarantine.list(PLAN)) entries.push(entry);
  return entries;
};

const status = (view: RunView | undefined) => view && statusOf(view);

/** Lets so many seconds pass, a tenth at a time: what was started settles in between. */
const passTime = async ({ clock }: Bench, seconds: number): Promise<void> => {
  for (let tenth = 0; tenth < seconds * 10; tenth++) await (clock as VirtualClock).advance(100);
};

/** A store that takes so many puts, and then none until it is released. */
const storeThatHolds = (free: number) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let puts = 0;
  const store = storeThat(async () => {
    puts += 1;
    if (puts > free) await held;
  });
  return { store, release };
};

/** A hundred things, and a signal that tells whoever copies them to stop after so many puts. */
const stoppedAfter = (puts: number) => {
  const stop = new AbortController();
  let done = 0;
  const store = storeThat(() => {
    done += 1;
    if (done === puts) stop.abort();
  });
  return { bench: makeBench(things(100), { store }), stop: stop.signal };
};

describe('a backfill', () => {
  it('copies every document with the version it carries', async () => {
    const bench = makeBench(things(95));
    const run = await runOn(bench);
    expect(run?.run.ended).toEqual({ as: 'copied', atMs: bench.clock.nowMs() });
    expect(run && countsOf(run)).toEqual({ read: 95, written: 95, stale: 0, rejected: 0 });
    expect(await bench.store.get(['{"$numberInt":"7"}'])).toEqual([
      { key: '{"$numberInt":"7"}', version: 107, state: { name: 'thing 7' } },
    ]);
  });

  it('leaves alone what is newer in the sink (law 1)', async () => {
    const bench = makeBench(things(20));
    const newer = { key: '{"$numberInt":"3"}', version: 999, state: { name: 'newer' } };
    await bench.store.putIfNewer([newer]);
    const run = await runOn(bench);
    expect(run && countsOf(run)).toMatchObject({ written: 19, stale: 1 });
    expect(await bench.store.get([newer.key])).toEqual([newer]);
  });

  it('writes a tombstone where the transform yields nothing', async () => {
    const bench = makeBench([{ _id: 'a', hidden: true, _banyan: { entity: 5 } }]);
    await runOn(bench);
    expect(await bench.store.get(['a'])).toEqual([{ key: 'a', version: 5, state: null }]);
  });

  it('puts what cannot be transformed, versioned or stored into quarantine, and copies the rest (law 8)', async () => {
    const unstorable = storeThat(() => {});
    const put = unstorable.putIfNewer.bind(unstorable);
    unstorable.putIfNewer = async (records) => {
      const outcomes = await put(records);
      return outcomes.map((outcome, i) =>
        records[i]?.key === 'huge' ? new RejectError('too large') : outcome,
      );
    };
    const bench = makeBench(
      [
        ...things(20),
        { _id: 'bad', bad: true, _banyan: { entity: 1 } },
        { _id: 'odd', name: 'x', _banyan: { entity: 'yesterday' } },
        { _id: 'huge', name: 'y' },
      ],
      { store: unstorable },
    );
    const run = await runOn(bench);
    expect(run && statusOf(run)).toBe('copied');
    expect(run && countsOf(run)).toEqual({ read: 23, written: 20, stale: 0, rejected: 3 });
    const entries = await quarantined(bench);
    expect(Object.fromEntries(entries.map(({ key, reason }) => [key, reason]))).toEqual({
      bad: expect.stringContaining('is bad'),
      odd: expect.stringContaining('not a version'),
      huge: 'too large',
    });
    expect(entries.find(({ key }) => key === 'bad')).toMatchObject({
      source: PLAN,
      body: '{"_id":"bad","bad":true,"_banyan":{"entity":{"$numberInt":"1"}}}',
    });
  });

  it('leaves one quarantine entry for a document that is copied again after a crash', async () => {
    const stop = new AbortController();
    const bench = makeBench([{ _id: 'bad', bad: true }, ...things(3)]);
    const put = bench.quarantine.put.bind(bench.quarantine);
    bench.quarantine.put = async (entry) => {
      await put(entry);
      if (stop.signal.aborted) return;
      stop.abort();
      throw new Error('crashed after the entry was stored, before the checkpoint');
    };
    expect(status(await runOn(bench, { signal: stop.signal }))).toBe('stopped');
    expect(status(await runOn(bench))).toBe('copied');
    expect(await quarantined(bench)).toHaveLength(1);
  });

  it('repeats a batch that the sink could not take for a while', async () => {
    let failures = 2;
    const store = storeThat(() => {
      if (failures-- > 0) throw busy();
    });
    const bench = makeBench(things(30), { store });
    expect(status(await runOn(bench))).toBe('copied');
    expect(await keysIn(store)).toHaveLength(30);
  });

  it('stops with the error of a sink that stays away, and keeps what was acknowledged', async () => {
    let puts = 0;
    const store = storeThat(() => {
      puts += 1;
      if (puts > 3) throw busy();
    });
    const bench = makeBench(things(100), { store });
    await expect(runOn(bench)).rejects.toMatchObject({ code: 'busy', retryable: true });
    const stopped = await loadView(bench.checkpoints, PLAN);
    expect(status(stopped)).toBe('stopped');
    expect(stopped && countsOf(stopped).written).toBe((await keysIn(store)).length);
  });

  it('reads on after the last batch when the source fails for a while, and reads nothing twice', async () => {
    class Failing extends MemorySource {
      failures = 2;
      override async *read(...args: Parameters<Source['read']>) {
        let batches = 0;
        for await (const batch of super.read(...args)) {
          if (++batches === 2 && this.failures-- > 0) throw busy();
          yield batch;
        }
      }
    }
    const source = new Failing(things(60));
    const run = await runOn(makeBench([], { source }));
    expect(run && countsOf(run)).toEqual({ read: 60, written: 60, stale: 0, rejected: 0 });
  });

  it('stops after the batches under way when told to, and goes on from there', async () => {
    const { bench, stop } = stoppedAfter(3);
    const first = await runOn(bench, { signal: stop });
    expect(status(first)).toBe('stopped');
    const done = first ? countsOf(first).read : 0;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(100);
    const second = await runOn(bench);
    expect(second?.run.id).toBe(first?.run.id);
    expect(status(second)).toBe('copied');
    expect(second && countsOf(second)).toEqual({ read: 100, written: 100, stale: 0, rejected: 0 });
  });

  it('goes on with the bounds that the run began with, though the source has changed', async () => {
    const { bench, stop } = stoppedAfter(3);
    const first = await runOn(bench, { signal: stop });
    for (let i = 0; i < 200; i++) bench.source.put({ _id: -1 - i, name: 'new, before all others' });
    const second = await runOn(bench);
    expect(second?.partitions.map(({ partition }) => partition)).toEqual(
      first?.partitions.map(({ partition }) => partition),
    );
    const keys = await keysIn(bench.parts.store);
    expect(keys).toEqual(expect.arrayContaining(things(100).map(({ _id }) => entityKeyOf(_id))));
  });

  it('copies nothing again once it is copied, unless told to', async () => {
    const bench = makeBench(things(10));
    const first = await runOn(bench);
    expect(await runOn(bench)).toBeUndefined();
    const again = await runOn(bench, { restart: true });
    expect(again?.run.id).not.toBe(first?.run.id);
    expect(again && countsOf(again)).toEqual({ read: 10, written: 0, stale: 10, rejected: 0 });
  });

  it('saves a checkpoint every second while it works', async () => {
    const { store, release } = storeThatHolds(2);
    const bench = makeBench(things(100), { store });
    const running = runOn(bench);
    await bench.clock.advance(1_000);
    const saved = await loadView(bench.checkpoints, PLAN);
    expect(status(saved)).toBe('running');
    expect(saved?.partitions.filter(({ owner }) => owner?.name === 'one:1')).toHaveLength(2);
    expect(saved && countsOf(saved).written).toBe(20);
    release();
    expect(status(await running)).toBe('copied');
  });

  it('stops once as many documents were copied as it was told, exactly, and goes on from there', async () => {
    const bench = makeBench(things(100));
    const first = await runOn(bench, { limit: 33 });
    expect(status(first)).toBe('stopped');
    expect(first && countsOf(first).read).toBe(33);
    const second = await runOn(bench);
    expect(second && countsOf(second)).toEqual({ read: 100, written: 100, stale: 0, rejected: 0 });
  });

  it('stops when more is rejected than was accepted, and keeps what it has', async () => {
    const bench = makeBench([
      ...things(50),
      ...things(50).map(({ _id }) => ({ _id: `bad ${_id}`, bad: true })),
    ]);
    await expect(runOn(bench, { maxRejects: { documents: 5 } })).rejects.toMatchObject({
      code: 'too-many-rejects',
      message: expect.stringContaining('at most 5 are accepted'),
    });
    const stopped = await loadView(bench.checkpoints, PLAN);
    expect(status(stopped)).toBe('stopped');
    const { rejected = 0, read = 0 } = stopped ? countsOf(stopped) : {};
    expect(rejected).toBeGreaterThan(5);
    expect(read).toBeLessThan(100);
  });

  it('begins anew for another filter once it is copied, and refuses one while it is not', async () => {
    const { bench, stop } = stoppedAfter(1);
    await runOn(bench, { signal: stop });
    await expect(openOn(bench, { filter: '{"a":1}' })).rejects.toMatchObject({ code: 'other-filter' });
    const whole = await runOn(bench);
    const part = await openOn(bench, { filter: '{"a":1}' });
    expect(part).toMatchObject({ filter: '{"a":1}' });
    expect(part?.id).not.toBe(whole?.run.id);
  });
});

describe('several workers of one run', () => {
  it('share its partitions, and copy nothing twice', async () => {
    const puts: string[] = [];
    const store = storeThat((records) => {
      puts.push(...records.map(({ key }) => key));
    });
    const bench = makeBench(things(400), { store });
    const workers = ['one:1', 'two:2', 'three:3'].map((worker) => runOn(bench, { worker }));
    await passTime(bench, 30);
    for (const view of await Promise.all(workers)) expect(view && statusOf(view)).toBe('copied');
    expect(puts).toHaveLength(400);
    expect(new Set(puts).size).toBe(400);
    const stored = await loadView(bench.checkpoints, PLAN);
    expect(stored && countsOf(stored)).toEqual({ read: 400, written: 400, stale: 0, rejected: 0 });
  });

  it('begin one run, although they begin at the same moment', async () => {
    const bench = makeBench(things(10));
    const runs = await Promise.all([openOn(bench), openOn(bench), openOn(bench)]);
    expect(new Set(runs.map((run) => run?.id)).size).toBe(1);
  });

  it('take over what a dead one held, once it was silent for ten seconds, from its checkpoint', async () => {
    const { store, release } = storeThatHolds(2);
    const bench = makeBench(things(100), { store });
    const dead = runOn(bench, { worker: 'dead:1' });
    dead.catch(() => {});
    await bench.clock.advance(1_500);
    // The same run, of another process: the dead one's clock stands still from here on.
    const alive = makeBench([], { source: bench.source, checkpoints: bench.checkpoints });
    const second = runOn(alive, { worker: 'alive:2', readers: 4 });
    await passTime(alive, 9);
    expect(status(await loadView(bench.checkpoints, PLAN))).toBe('running');
    await passTime(alive, 3);
    const view = await second;
    expect(view && statusOf(view)).toBe('copied');
    expect(view && countsOf(view).read).toBe(100);
    expect((await keysIn(alive.parts.store)).length).toBe(80);
    release();
  });

  it('cannot save what another one took over, and leave it', async () => {
    const { store, release } = storeThatHolds(0);
    const bench = makeBench(things(100), { store });
    const run = await openOn(bench);
    if (!run) throw new Error('there is nothing to copy');
    const running = runOn(bench);
    await bench.clock.advance(0);
    const held = (await bench.checkpoints.partitions(run)).find(({ value }) => value.owner);
    if (!held) throw new Error('nothing is held');
    const thief = { name: 'two:2', sinceMs: 1, savedAtMs: 1, perSecond: 0 };
    const revision = await bench.checkpoints.savePartition(
      run,
      { ...held.value, owner: thief },
      held.revision,
    );
    await bench.clock.advance(1_000);
    release();
    await passTime(bench, 5);
    const taken = (await bench.checkpoints.partitions(run))[held.value.number];
    expect(taken).toMatchObject({ revision, value: { owner: { name: 'two:2' }, read: 0 } });
    await passTime(bench, 10);
    expect(status(await running)).toBe('copied');
  });

  it('stop when the run was begun anew elsewhere', async () => {
    const { store, release } = storeThatHolds(0);
    const bench = makeBench(things(100), { store });
    const running = runOn(bench);
    const refused = expect(running).rejects.toMatchObject({ code: 'run-replaced' });
    await bench.clock.advance(0);
    await openOn(bench, { restart: true });
    await bench.clock.advance(1_000);
    release();
    await passTime(bench, 2);
    await refused;
  });
});

describe('an operator of a run that is under way', () => {
  /** A run that is slow enough to be ordered about, and a control store to order in. */
  const slowRun = async () => {
    const control = new MemoryControlStore({ clock: new VirtualClock() });
    const checkpoints = new ControlCheckpointStore({ control });
    let written = 0;
    const slow = storeThat(async (records) => {
      await bench.clock.sleep(100);
      written += records.length;
    });
    const bench = makeBench(things(2_000), {
      checkpoints,
      store: slow,
      concurrency: new AdaptiveConcurrency({ floor: 1, ceiling: 1 }),
    });
    const give = (order: Order) => giveOrder({ control, clock: bench.clock, plan: PLAN, by: 'ann' }, order);
    const running = runOn(bench);
    await passTime(bench, 1);
    return { bench, control, running, give, written: () => written };
  };

  it('pauses it within two seconds, sees why it waits, and resumes it', async () => {
    const { bench, running, give, written } = await slowRun();
    await give({ action: 'pause' });
    await passTime(bench, 2);
    const paused = written();
    await passTime(bench, 30);
    expect(written()).toBe(paused);
    const view = await loadView(bench.checkpoints, PLAN);
    expect(status(view)).toBe('paused');
    expect(view?.partitions.find(({ owner }) => owner)?.owner?.throttle).toContain('paused by ann since');
    await give({ action: 'resume' });
    await passTime(bench, 30);
    expect(status(await running)).toBe('copied');
  });

  it('sets a rate within two seconds, and lifts it', async () => {
    const { bench, running, give, written } = await slowRun();
    await give({ action: 'throttle', rate: { perSecond: 10, unit: 'documents' } });
    await passTime(bench, 2);
    const before = written();
    await passTime(bench, 20);
    expect(written() - before).toBeGreaterThanOrEqual(190);
    expect(written() - before).toBeLessThanOrEqual(210);
    await give({ action: 'throttle' });
    await passTime(bench, 30);
    expect(status(await running)).toBe('copied');
  });

  it('changes how many batches are written at once within two seconds', async () => {
    const { bench, running, give, written } = await slowRun();
    await give({ action: 'concurrency', range: { floor: 5, ceiling: 5 } });
    await passTime(bench, 1);
    const before = written();
    await passTime(bench, 2);
    expect(written() - before).toBeGreaterThan(800);
    await passTime(bench, 10);
    expect(status(await running)).toBe('copied');
  });

  it('cancels it within two seconds; the next one begins anew', async () => {
    const { bench, running, give, written } = await slowRun();
    await give({ action: 'cancel' });
    await passTime(bench, 2);
    const view = await running;
    expect(status(view)).toBe('cancelled');
    expect(written()).toBeLessThan(2_000);
    expect((await openOn(bench))?.id).not.toBe(view?.run.id);
    await expect(give({ action: 'pause' })).resolves.toBeDefined();
  });

  it('is named in the history with every order', async () => {
    const { bench, control, running, give } = await slowRun();
    await give({ action: 'throttle', rate: { perSecond: 10, unit: 'bytes' } });
    await give({ action: 'cancel' });
    await passTime(bench, 2);
    await running;
    const entries = await control.history(orderLogOf(PLAN), 10);
    expect(entries.map(({ entry }) => entry)).toMatchObject([
      { action: 'cancel', by: 'ann' },
      { action: 'throttle', by: 'ann', rate: { perSecond: 10, unit: 'bytes' } },
    ]);
    await expect(give({ action: 'pause' })).rejects.toMatchObject({ code: 'run-ended' });
  });

  it('is told when there is no run to order about', async () => {
    const control = new MemoryControlStore({ clock: new VirtualClock() });
    const parts = { control, clock: new VirtualClock(), plan: PLAN, by: 'ann' };
    await expect(giveOrder(parts, { action: 'pause' })).rejects.toMatchObject({ code: 'no-run' });
  });
});
