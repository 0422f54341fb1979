import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../services/core/index.ts';
import { ControlLease } from '../../../../services/store/control-lease.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';

const TTL_MS = 3_000;

const setUp = () => {
  const clock = new VirtualClock();
  const store = new MemoryControlStore({ clock });
  const lease = (holder: string) => new ControlLease({ store, key: 'lease', holder, ttlMs: TTL_MS, clock });
  return { clock, store, lease };
};

describe('a lease in the control store', () => {
  it('lets one of two lead, for as long as it renews', async () => {
    const { clock, lease } = setUp();
    const [one, two] = [lease('one'), lease('two')];
    for (let at = 0; at < 20; at++) {
      expect(await one.hold()).toMatchObject({ epoch: 1 });
      expect(await two.hold()).toBeUndefined();
      await clock.advance(1_000);
    }
  });

  it('passes to another once the leader has been silent for its time, and not sooner', async () => {
    const { clock, lease } = setUp();
    const [one, two] = [lease('one'), lease('two')];
    await one.hold();
    await two.hold();
    await clock.advance(TTL_MS / 2);
    expect(await two.hold()).toBeUndefined();
    expect(one.leads).toBe(true);
    await clock.advance(TTL_MS / 2);
    expect(one.leads).toBe(false);
    expect(await two.hold()).toMatchObject({ epoch: 2 });
    expect(await one.hold()).toBeUndefined();
  });

  it('passes at once when the leader lets go', async () => {
    const { lease } = setUp();
    const [one, two] = [lease('one'), lease('two')];
    await one.hold();
    expect(await one.release()).toBeUndefined();
    expect(await two.hold()).toMatchObject({ epoch: 2 });
  });

  it('is not taken by one who was away himself: only what he looked at counts', async () => {
    const { clock, lease } = setUp();
    const [one, two] = [lease('one'), lease('two')];
    await one.hold();
    await two.hold();
    clock.jump(TTL_MS * 10);
    expect(await two.hold()).toBeUndefined();
  });

  it.each([
    ['set back', -3_600_000],
    ['set ahead', 3_600_000],
  ])('never has two leaders when the clock of one is %s', async (_what, jumpMs) => {
    const { clock, store, lease } = setUp();
    const skewed = { offsetMs: 0 };
    const own = {
      nowMs: () => clock.nowMs() + skewed.offsetMs,
      steadyMs: () => clock.nowMs(),
      sleep: (ms: number) => clock.sleep(ms),
    };
    const one = new ControlLease({ store, key: 'lease', holder: 'one', ttlMs: TTL_MS, clock: own });
    const two = lease('two');
    await one.hold();
    await two.hold();
    skewed.offsetMs = jumpMs;
    // The one whose clock was set renews no more.
    for (let at = 0; at < TTL_MS; at += 500) {
      await clock.advance(500);
      await two.hold();
      expect(one.leads && two.leads).toBe(false);
    }
    expect([one.leads, two.leads]).toEqual([false, true]);
  });

  it('tells a leader who slept too long that it leads no more, before it looks', async () => {
    const { clock, lease } = setUp();
    const one = lease('one');
    await one.hold();
    clock.jump(TTL_MS);
    expect(one.leads).toBe(false);
    // Nobody else has taken it: it takes it again, in a new term, when it has seen that it is free.
    expect(await one.hold()).toBeUndefined();
    await clock.advance(TTL_MS / 2);
    await one.hold();
    await clock.advance(TTL_MS / 2);
    expect(await one.hold()).toMatchObject({ epoch: 2 });
  });

  it('is lost when the store cannot be reached for its time', async () => {
    const { clock, store, lease } = setUp();
    const one = lease('one');
    await one.hold();
    store.put = async () => {
      throw new Error('away');
    };
    await clock.advance(TTL_MS / 2);
    await expect(one.hold()).rejects.toThrow('away');
    expect(one.leads).toBe(true);
    await clock.advance(TTL_MS / 2);
    expect(one.leads).toBe(false);
  });
});
