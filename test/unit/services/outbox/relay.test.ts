import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BanyanError, VirtualClock } from '../../../../services/core/index.ts';
import type { MemoryEventStream, OutboxFeed, RelayLease } from '../../../../services/outbox/index.ts';
import type { Quarantine, QuarantineEntry } from '../../../../services/stream/quarantine.ts';
import { failingStream, RelayWorld } from '../../../support/relay-world.ts';

const HOUR_MS = 3_600_000;

let world: RelayWorld;
beforeEach(() => {
  world = new RelayWorld();
});
afterEach(() => world.end());

const away = () => new BanyanError('away', 'it is away', { retryable: true });

const withoutRepeats = (numbers: readonly number[]) => [...new Set(numbers)];

const pending = async () => {
  const keys: string[] = [];
  for await (const row of world.feed.pending({ createdBeforeMs: Number.MAX_VALUE, isKnown: () => false })) {
    keys.push(row.key);
  }
  return keys;
};

const feedWith = (other: Partial<OutboxFeed>): OutboxFeed => ({
  follow: (after, signal) => world.feed.follow(after, signal),
  pending: (query) => world.feed.pending(query),
  acknowledge: (ids) => world.feed.acknowledge(ids),
  backlog: () => world.feed.backlog(),
  ...other,
});

const quarantined = async () => {
  const entries: QuarantineEntry[] = [];
  for await (const entry of world.quarantine.list('relay')) entries.push(entry);
  return entries;
};

describe('Relay', () => {
  it('publishes and acknowledges what is committed while it leads', async () => {
    const { relay } = world.start();
    await world.clock.advance(10);
    world.commit('a', 'b');
    await world.clock.advance(100);
    expect([world.received('a'), world.received('b')]).toEqual([[1], [2]]);
    expect(await pending()).toEqual([]);
    expect(await relay.status()).toMatchObject({
      state: 'leading',
      epoch: 1,
      bufferedRows: 0,
      lag: { rows: 0, seconds: 0 },
      counts: { publishedRows: 2, acknowledgedRows: 2, publishedRowsPerSecond: 0.2 },
    });
  });

  it('publishes what was committed before any relay ran, and before what comes after', async () => {
    world.commit('a', 'a', 'b');
    await world.clock.advance(1);
    world.start();
    world.commit('a');
    await world.clock.advance(200);
    expect(withoutRepeats(world.received('a'))).toEqual([1, 2, 4]);
    expect(world.received('b')).toEqual([3]);
    expect(await pending()).toEqual([]);
  });

  it('goes on where the last leader stopped, without a repetition', async () => {
    const first = world.start('a');
    await world.clock.advance(10);
    world.commit('k', 'k');
    await world.clock.advance(100);
    await first.stop();
    world.commit('k');
    const second = world.start('b');
    await world.clock.advance(200);
    expect(world.received('k')).toEqual([1, 2, 3]);
    expect(second.relay.progress.epoch).toBe(2);
  });

  it('finishes what is under way when it is stopped, and leaves the rest to the next', async () => {
    const arrived = Promise.withResolvers<void>();
    let holds = true;
    const slow = {
      send: async (name: string, entries: Parameters<MemoryEventStream['send']>[1]) => {
        if (holds) await arrived.promise;
        return world.stream.send(name, entries);
      },
    };
    const first = world.start('a', { stream: slow });
    await world.clock.advance(10);
    world.commit('k');
    await world.clock.advance(10);
    const stopped = first.stop();
    world.commit('k');
    await world.clock.advance(10);
    expect(first.relay.progress.requests).toBe(1);
    holds = false;
    arrived.resolve();
    await stopped;
    expect(world.received('k')).toEqual([1]);
    expect(await pending()).toEqual(['k']);
    world.start('b');
    await world.clock.advance(200);
    expect(world.received('k')).toEqual([1, 2]);
  });

  it('stands by while another one leads, and takes over within five seconds of its death', async () => {
    const first = world.start('a');
    const second = world.start('b');
    await world.clock.advance(2_000);
    expect([first.relay.progress.state, second.relay.progress.state]).toEqual(['leading', 'standing-by']);
    first.kill();
    world.commit('k');
    await world.clock.advance(5_000);
    expect(second.relay.progress.state).toBe('leading');
    expect(world.received('k')).toEqual([1]);
  });

  it('repeats after a crash what followed the last saved token, and loses nothing', async () => {
    const first = world.start('a');
    await world.clock.advance(10);
    world.commit('k', 'other', 'k');
    await world.clock.advance(6);
    first.kill();
    world.commit('k');
    world.start('b');
    await world.clock.advance(5_000);
    expect(withoutRepeats(world.received('k'))).toEqual([1, 3, 4]);
    expect(await pending()).toEqual([]);
  });

  it('refuses the token of a leader that was paused, and lets it stand by afterwards', async () => {
    const itsClock = new VirtualClock(world.clock.nowMs());
    const paused = world.start('a', { clock: itsClock });
    await itsClock.advance(10);
    world.commit('k');
    await world.clock.advance(4_000);
    const next = world.start('b');
    await world.clock.advance(1_000);
    await itsClock.advance(2_000);
    expect(paused.events).toContainEqual(
      expect.objectContaining({
        type: 'interrupted',
        error: expect.objectContaining({ code: 'lease-lost' }),
      }),
    );
    expect(next.relay.progress).toMatchObject({ state: 'leading', epoch: 2 });
    await itsClock.advance(1_000);
    expect(paused.relay.progress.state).toBe('standing-by');
    expect(withoutRepeats(world.received('k'))).toEqual([1]);
  });

  it('sweeps up a row that its token has skipped', async () => {
    const grant = await world.lease.acquire('earlier');
    if (!grant) throw new Error('no lease');
    world.commit('skipped', 'k');
    await world.lease.release(grant, '2');
    const { relay } = world.start();
    await world.clock.advance(14_000);
    expect(world.received('skipped')).toEqual([]);
    await world.clock.advance(6_000);
    expect(world.received('skipped')).toEqual([1]);
    expect(relay.progress.counts.sweptRows).toBe(2);
    expect(await pending()).toEqual([]);
  });

  it('leaves to the stream what the stream has yet to give', async () => {
    const { relay } = world.start('a', {
      settings: { maxBufferedRows: 5 },
      stream: failingStream(world.stream, () => 'refused'),
    });
    await world.clock.advance(10);
    world.commit(...Array.from({ length: 20 }, (_, n) => `k${n}`));
    await world.clock.advance(60_000);
    expect(relay.progress.counts.sweptRows).toBe(0);
    expect(relay.progress.bufferedRows).toBe(5);
  });

  it('follows from now and sweeps the rest when its token is lost', async () => {
    const first = world.start('a');
    await world.clock.advance(10);
    world.commit('k');
    await world.clock.advance(100);
    await first.stop();
    world.commit('k', 'k');
    world.feed.forgetHistory();
    await world.clock.advance(1);
    const second = world.start('b');
    await world.clock.advance(10);
    await world.clock.advance(1_000);
    world.commit('k');
    await world.clock.advance(1_000);
    expect(second.relay.progress.counts.lostTokens).toBe(1);
    expect(withoutRepeats(world.received('k'))).toEqual([1, 2, 3, 4]);
    expect(await pending()).toEqual([]);
  });

  it('loses nothing and keeps the order while the stream is away for an hour', async () => {
    let isAway = true;
    const stream = failingStream(world.stream, () => (isAway ? 'request' : 'not'));
    const { relay } = world.start('a', { stream });
    for (let minute = 0; minute < 60; minute += 1) {
      world.commit('a', 'b', 'a');
      await world.clock.advance(HOUR_MS / 60);
    }
    expect((await relay.status()).lag).toMatchObject({ rows: 180, seconds: expect.any(Number) });
    expect(relay.progress.state).toBe('leading');
    isAway = false;
    await world.clock.advance(10_000);
    expect(world.received('a')).toHaveLength(120);
    expect(world.received('a')).toEqual([...world.received('a')].sort((x, y) => x - y));
    expect(await pending()).toEqual([]);
  });

  it('delays no key by the failures of another', async () => {
    const stream = failingStream(world.stream, (key) => (key === 'bad' ? 'refused' : 'not'));
    world.start('a', { stream });
    await world.clock.advance(10);
    world.commit('bad', 'good', 'bad', 'good');
    await world.clock.advance(100);
    expect(world.received('good')).toEqual([2, 4]);
    expect(await pending()).toEqual(['bad', 'bad']);
  });

  it('saves no token past a row that waits, and one at most seconds old otherwise', async () => {
    let isAway = true;
    const stream = failingStream(world.stream, (key) => (key === 'bad' && isAway ? 'refused' : 'not'));
    const first = world.start('a', { stream });
    await world.clock.advance(10);
    world.commit('bad', 'good');
    await world.clock.advance(5_000);
    first.kill();
    await world.clock.advance(4_000);
    expect(await world.lease.acquire('probe')).toMatchObject({ token: '0' });
    await world.clock.advance(4_000);
    isAway = false;
    const second = world.start('b', { stream });
    await world.clock.advance(2_000);
    second.kill();
    await world.clock.advance(4_000);
    expect(await world.lease.acquire('probe')).toMatchObject({ token: '2' });
  });

  it('quarantines whole what no stream takes, in its turn, and acknowledges it', async () => {
    world.start();
    await world.clock.advance(10);
    const huge = world.row('k', {
      event: JSON.stringify({ specversion: '1.0', note: 'x'.repeat(1024 * 1024) }),
    });
    world.feed.commit(world.row('k'), huge, world.row('k', { event: 'not JSON' }), world.row('k'));
    await world.clock.advance(200);
    expect(world.received('k')).toEqual([2, 4]);
    const entries = await quarantined();
    expect(entries).toEqual([
      expect.objectContaining({
        key: 'k',
        body: huge.event,
        reason: expect.stringContaining('limit is 1048576'),
      }),
      expect.objectContaining({ key: 'k', body: 'not JSON', reason: expect.stringContaining('is not JSON') }),
    ]);
    expect(await pending()).toEqual([]);
  });

  it('tries the quarantine again while it is away', async () => {
    let isAway = true;
    const quarantine: Quarantine = {
      put: async (entry) => {
        if (isAway) throw away();
        await world.quarantine.put(entry);
      },
      list: (source) => world.quarantine.list(source),
      remove: (entry) => world.quarantine.remove(entry),
    };
    world.start('a', { quarantine });
    await world.clock.advance(10);
    world.feed.commit(world.row('k', { event: 'not JSON' }));
    await world.clock.advance(1_000);
    expect(await pending()).toEqual(['k']);
    isAway = false;
    await world.clock.advance(5_000);
    expect(await pending()).toEqual([]);
    expect(await quarantined()).toHaveLength(1);
  });

  it('holds no more rows than it may while the stream does not take them', async () => {
    let isAway = true;
    const stream = failingStream(world.stream, () => (isAway ? 'request' : 'not'));
    const { relay } = world.start('a', { stream, settings: { maxBufferedRows: 50 } });
    await world.clock.advance(10);
    world.commit(...Array.from({ length: 500 }, (_, n) => `k${n % 7}`));
    await world.clock.advance(60_000);
    expect(relay.progress.bufferedRows).toBe(50);
    isAway = false;
    await world.clock.advance(60_000);
    expect(await pending()).toEqual([]);
    for (let key = 0; key < 7; key += 1) {
      const got = world.received(`k${key}`);
      expect(got).toEqual([...got].sort((a, b) => a - b));
    }
  });

  it('holds no more bytes than it may', async () => {
    const { relay } = world.start('a', {
      stream: failingStream(world.stream, () => 'request'),
      settings: { maxBufferedBytes: 1_000 },
    });
    await world.clock.advance(10);
    world.commit(...Array.from({ length: 500 }, (_, n) => `k${n}`));
    await world.clock.advance(1_000);
    expect(relay.progress.bufferedBytes).toBeGreaterThanOrEqual(1_000);
    expect(relay.progress.bufferedBytes).toBeLessThan(1_100);
  });

  it('acknowledges again what could not be acknowledged, and publishes it once', async () => {
    let isAway = true;
    const feed = feedWith({
      acknowledge: async (ids) => {
        if (isAway) throw away();
        await world.feed.acknowledge(ids);
      },
    });
    const { relay } = world.start('a', { feed });
    await world.clock.advance(10);
    world.commit('k');
    await world.clock.advance(30_000);
    expect(relay.progress.bufferedRows).toBe(1);
    isAway = false;
    await world.clock.advance(10_000);
    expect(await pending()).toEqual([]);
    expect(world.received('k')).toEqual([1]);
  });

  it('begins another term once MongoDB is itself again', async () => {
    let isAway = true;
    const feed = feedWith({
      follow: (after, signal) => {
        if (isAway) throw away();
        return world.feed.follow(after, signal);
      },
    });
    const { relay, events } = world.start('a', { feed });
    await world.clock.advance(30_000);
    expect(events).toContainEqual(expect.objectContaining({ type: 'interrupted', retryInMs: 2_500 }));
    expect(relay.progress).toMatchObject({ state: 'interrupted', trouble: { message: 'it is away' } });
    isAway = false;
    world.commit('k');
    await world.clock.advance(6_000);
    expect(relay.progress).toMatchObject({ state: 'leading', trouble: undefined });
    expect(world.received('k')).toEqual([1]);
  });

  it('says that it can no longer stand by', async () => {
    let isAway = false;
    const lease: RelayLease = {
      acquire: async (holder) => {
        if (isAway) throw away();
        return world.lease.acquire(holder);
      },
      renew: (grant, token) => world.lease.renew(grant, token),
      release: (grant, token) => world.lease.release(grant, token),
    };
    world.start('a');
    await world.clock.advance(10);
    const { relay } = world.start('b', { lease });
    await world.clock.advance(1_000);
    expect(relay.progress.state).toBe('standing-by');
    isAway = true;
    await world.clock.advance(1_000);
    expect(relay.progress).toMatchObject({ state: 'interrupted', trouble: { message: 'it is away' } });
    isAway = false;
    await world.clock.advance(6_000);
    expect(relay.progress).toMatchObject({ state: 'standing-by', trouble: undefined });
  });

  it('ends for good by an error that no waiting mends', async () => {
    const feed = feedWith({
      follow: () => {
        throw new BanyanError('refused', 'not authorised');
      },
    });
    const { done, relay } = world.start('a', { feed });
    await world.clock.advance(100);
    await expect(done).rejects.toThrow('not authorised');
    expect(relay.progress.state).toBe('stopped');
  });

  it('loses nothing and keeps the order up to repetitions, whatever fails and however often it is killed', async () => {
    const fate = fc.constantFrom('not', 'not', 'not', 'refused', 'answer-lost', 'request' as const);
    const step = fc.record({
      keys: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 }),
      fates: fc.array(fate, { minLength: 1, maxLength: 5 }),
      advanceMs: fc.nat(3_000),
      isKilled: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const tried = new RelayWorld();
        let fates: readonly ReturnType<Parameters<typeof failingStream>[1]>[] = ['not'];
        let turn = 0;
        const stream = failingStream(tried.stream, () => fates[turn++ % fates.length] ?? 'not');
        let running = tried.start('r', { stream });
        const committed = new Map<string, number[]>();
        for (const { keys, fates: next, advanceMs, isKilled } of steps) {
          fates = next;
          for (const row of tried.commit(...keys)) {
            committed.set(row.key, [...(committed.get(row.key) ?? []), Number(JSON.parse(row.event).id)]);
          }
          await tried.clock.advance(advanceMs);
          if (isKilled) {
            running.kill();
            running = tried.start('r', { stream });
          }
        }
        fates = ['not'];
        await tried.clock.advance(40_000);
        for (const [key, numbers] of committed) expect(withoutRepeats(tried.received(key))).toEqual(numbers);
        expect(await tried.feed.backlog()).toMatchObject({ rows: 0 });
        await tried.end();
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
