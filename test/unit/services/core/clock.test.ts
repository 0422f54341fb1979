import { describe, expect, it } from '@jest/globals';
import { type Clock, pause, systemClock, VirtualClock } from '../../../../services/core/index.ts';

describe('VirtualClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new VirtualClock(1_000);
    let awake = false;
    const sleeper = clock.sleep(10).then(() => {
      awake = true;
    });
    await clock.advance(9);
    expect({ awake, nowMs: clock.nowMs() }).toEqual({ awake: false, nowMs: 1_009 });
    await clock.advance(1);
    await sleeper;
    expect(awake).toBe(true);
  });

  it('wakes sleepers in the order of their times, each at its own moment', async () => {
    const clock = new VirtualClock(0);
    const woken: number[] = [];
    for (const ms of [30, 10, 20]) void clock.sleep(ms).then(() => woken.push(clock.nowMs()));
    await clock.advance(100);
    expect(woken).toEqual([10, 20, 30]);
  });

  it('wakes those late who slept through a jump, one after the other', async () => {
    const clock = new VirtualClock(0);
    const woken: [string, number][] = [];
    for (const [name, ms] of [
      ['later', 20],
      ['first', 10],
      ['second', 10],
    ] as const) {
      void clock.sleep(ms).then(() => woken.push([name, clock.nowMs()]));
    }
    clock.jump(1_000);
    await clock.advance(5);
    expect(woken).toEqual([
      ['first', 1_000],
      ['second', 1_000],
      ['later', 1_000],
    ]);
    expect(clock.nowMs()).toBe(1_005);
  });

  it('wakes what a woken sleeper goes to sleep for within the same advance', async () => {
    const clock = new VirtualClock(0);
    let ticks = 0;
    const tick = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(10);
        ticks += 1;
      }
    };
    void tick();
    await clock.advance(55);
    expect(ticks).toBe(5);
  });

  it('lets an aborted sleeper go with the reason', async () => {
    const clock = new VirtualClock(0);
    const abort = new AbortController();
    const sleeper = clock.sleep(10, abort.signal);
    abort.abort(new Error('stop'));
    await expect(sleeper).rejects.toThrow('stop');
  });
});

describe('systemClock', () => {
  it('rejects a sleep at once when its signal has aborted before', async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });

  it('ends a sleep when its signal aborts', async () => {
    const abort = new AbortController();
    const sleeper = systemClock.sleep(60_000, abort.signal);
    abort.abort(new Error('stop'));
    await expect(sleeper).rejects.toThrow('stop');
  });
});

describe('pause', () => {
  it('resolves when its time has passed', async () => {
    const clock = new VirtualClock(0);
    const pausing = pause(clock, 10, new AbortController().signal);
    await clock.advance(10);
    await expect(pausing).resolves.toBeUndefined();
  });

  it('resolves when its signal aborts, before it or meanwhile', async () => {
    const clock = new VirtualClock(0);
    const abort = new AbortController();
    const pausing = pause(clock, 10, abort.signal);
    abort.abort(new Error('stop'));
    await expect(pausing).resolves.toBeUndefined();
    await expect(pause(clock, 10, abort.signal)).resolves.toBeUndefined();
  });

  it('rejects when the clock itself fails', async () => {
    const broken: Clock = { nowMs: () => 0, sleep: () => Promise.reject(new Error('broken')) };
    await expect(pause(broken, 10, new AbortController().signal)).rejects.toThrow('broken');
  });
});
