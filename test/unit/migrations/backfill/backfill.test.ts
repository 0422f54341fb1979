import { describe, expect, it } from '@jest/globals';
import { countsOf } from '../../../../migrations/backfill/copy-counts.ts';
import { RunTakenOverError } from '../../../../migrations/backfill/held-run.ts';
import type { Source } from '../../../../migrations/backfill/source.ts';
import { MemorySource } from '../../../../migrations/backfill/sources/memory-source.ts';
import {
  BanyanError,
  entityKeyOf,
  RejectError,
  type VersionedRecord,
} from '../../../../services/core/index.ts';
import { MemoryStore } from '../../../../services/store/memory-store.ts';
import type { QuarantineEntry } from '../../../../services/stream/quarantine.ts';
import { claimOn, makeBench, PLAN, runOn, things } from '../../../support/backfill-bench.ts';

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

const keysIn = async (store: MemoryStore): Promise<string[]> => {
  const keys: string[] = [];
  for await (const page of store.scan()) keys.push(...page.map(({ key }) => key));
  return keys;
};

const quarantined = async ({ quarantine }: ReturnType<typeof makeBench>) => {
  const entries: QuarantineEntry[] = [];
  for await (const entry of quarantine.list(PLAN)) entries.push(entry);
  return entries;
};

describe('a backfill', () => {
  it('copies every document with the version it carries', async () => {
    const bench = makeBench(things(95));
    const run = await runOn(bench);
    expect(run).toMatchObject({ status: 'copied', finishedAtMs: bench.clock.nowMs() });
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
    expect(run?.status).toBe('copied');
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
    expect(await runOn(bench, { signal: stop.signal })).toMatchObject({ status: 'stopped' });
    expect(await runOn(bench)).toMatchObject({ status: 'copied' });
    expect(await quarantined(bench)).toHaveLength(1);
  });

  it('repeats a batch that the sink could not take for a while', async () => {
    let failures = 2;
    const store = storeThat(() => {
      if (failures-- > 0) throw busy();
    });
    const bench = makeBench(things(30), { store });
    expect(await runOn(bench)).toMatchObject({ status: 'copied' });
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
    const stopped = (await bench.checkpoints.load(PLAN))?.value;
    expect(stopped).toMatchObject({ status: 'stopped' });
    expect(stopped).not.toHaveProperty('owner');
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
    const stop = new AbortController();
    const bench = makeBench(things(100));
    const first = await runOn(bench, { signal: stop.signal, onAdvance: () => stop.abort() });
    expect(first).toMatchObject({ status: 'stopped' });
    expect(first).not.toHaveProperty('owner');
    const done = first ? countsOf(first).read : 0;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(100);
    const second = await runOn(bench);
    expect(second).toMatchObject({ id: first?.id, status: 'copied' });
    expect(second && countsOf(second)).toEqual({ read: 100, written: 100, stale: 0, rejected: 0 });
  });

  it('goes on with the bounds that the run began with, though the source has changed', async () => {
    const stop = new AbortController();
    const bench = makeBench(things(50));
    const first = await runOn(bench, { signal: stop.signal, onAdvance: () => stop.abort() });
    for (let i = 0; i < 200; i++) bench.source.put({ _id: -1 - i, name: 'new, before all others' });
    const second = await runOn(bench);
    expect(second?.partitions.map(({ partition }) => partition)).toEqual(
      first?.partitions.map(({ partition }) => partition),
    );
    const keys = await keysIn(bench.store);
    expect(keys).toEqual(expect.arrayContaining(things(50).map(({ _id }) => entityKeyOf(_id))));
  });

  it('copies nothing again once it is copied, unless told to', async () => {
    const bench = makeBench(things(10));
    const first = await runOn(bench);
    expect(await runOn(bench)).toBeUndefined();
    const again = await runOn(bench, { restart: true });
    expect(again?.id).not.toBe(first?.id);
    expect(again && countsOf(again)).toEqual({ read: 10, written: 0, stale: 10, rejected: 0 });
  });

  it('saves a checkpoint every second while it works', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let puts = 0;
    const store = storeThat(async () => {
      puts += 1;
      if (puts > 2) await held;
    });
    const bench = makeBench(things(100), { store });
    const running = runOn(bench);
    await bench.clock.advance(1_000);
    const saved = (await bench.checkpoints.load(PLAN))?.value;
    expect(saved).toMatchObject({ status: 'running', owner: { name: 'one:1' } });
    expect(saved && countsOf(saved).written).toBe(20);
    release();
    expect(await running).toMatchObject({ status: 'copied' });
  });

  it('stops when another process took its run over, and cannot overwrite its checkpoint', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bench = makeBench(things(100), { store: storeThat(() => held) });
    const running = runOn(bench);
    const refused = expect(running).rejects.toThrow(RunTakenOverError);
    await bench.clock.advance(0);
    const stored = await bench.checkpoints.load(PLAN);
    if (!stored) throw new Error('the run was not stored');
    await bench.checkpoints.save({ ...stored.value, owner: { name: 'two:2', sinceMs: 1 } }, stored.revision);
    await bench.clock.advance(1_000);
    release();
    await refused;
    expect((await bench.checkpoints.load(PLAN))?.value.owner?.name).toBe('two:2');
  });
});

describe('claiming a run', () => {
  const claimedBy = async (bench: ReturnType<typeof makeBench>, owner: string) => {
    const claiming = claimOn(bench, {}, owner);
    claiming.catch(() => {});
    return claiming;
  };

  it('refuses a second process while the first is alive, and says who that is', async () => {
    const bench = makeBench(things(10));
    const first = await claimOn(bench, {}, 'host-a:1');
    const second = claimOn(bench, {}, 'host-b:2');
    const refused = expect(second).rejects.toMatchObject({
      code: 'already-running',
      message: expect.stringContaining('host-a:1, since 2023-11-14'),
    });
    await bench.clock.advance(500);
    await first?.save();
    await bench.clock.advance(500);
    await refused;
  });

  it('takes the run over from a process that has been silent for ten seconds', async () => {
    const bench = makeBench(things(10));
    const first = await claimOn(bench, {}, 'host-a:1');
    const second = claimedBy(bench, 'host-b:2');
    await bench.clock.advance(10_000);
    expect((await second)?.run).toMatchObject({ id: first?.run.id, owner: { name: 'host-b:2' } });
    await expect(first?.save()).rejects.toThrow(RunTakenOverError);
  });

  it('lets only one of two processes begin that begin at the same moment', async () => {
    const bench = makeBench(things(10));
    const claims = await Promise.allSettled([claimOn(bench, {}, 'a:1'), claimOn(bench, {}, 'b:2')]);
    expect(claims.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(claims.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'already-running' },
    });
  });
});
