import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import {
  ProxyDial,
  Ramps,
  type RouteReadings,
  type RunningRamps,
  rampPlanSchema,
  startRamps,
} from '../../../proxy/index.ts';
import { recentIndex } from '../../../proxy/metrics/first-failures.ts';
import { type Clock, VirtualClock } from '../../../services/core/index.ts';
import { MemoryControlStore } from '../../../services/store/memory-control-store.ts';
import { routeTotals } from '../../support/route-totals.ts';

const ROUTE = 'profiles';
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const BAKE_MS = 10 * MINUTE;
/** What a jump, or a change of controllers, may add to the time that a step has baked. */
const UNSEEN_MS = 15 * SECOND;
const PLAN = rampPlanSchema.parse({
  steps: [5, 25, 100].map((weightPercent) => ({ weightPercent, bakeMs: BAKE_MS })),
});

/** A machine's clock: its date may be wrong, and may be set, but the time that passes is the time. */
class SkewedClock implements Clock {
  readonly #true: VirtualClock;
  offsetMs: number;

  constructor(clock: VirtualClock, offsetMs = 0) {
    this.#true = clock;
    this.offsetMs = offsetMs;
  }

  nowMs = () => this.#true.nowMs() + this.offsetMs;
  steadyMs = () => this.#true.nowMs();
  sleep = (ms: number, signal?: AbortSignal) => this.#true.sleep(ms, signal);
}

interface Controller {
  readonly clock: SkewedClock;
  readonly running: RunningRamps;
  readonly leads: () => boolean;
}

describe('a ramp whose controllers have clocks that jump', () => {
  let time: VirtualClock;
  let store: MemoryControlStore;
  let ramps: Ramps;
  const controllers: Controller[] = [];
  /** Since which true time each weight was in force. */
  let turned: { weightPercent: number; atMs: number }[];
  let recents: number[];
  let failing: number;
  let requests: number;

  beforeEach(async () => {
    time = new VirtualClock();
    store = new MemoryControlStore({ clock: time });
    ramps = new Ramps({ store, clock: time });
    [turned, recents, failing, requests] = [[], [], 0, 0];
    await ramps.start(ROUTE, { plan: PLAN, planName: null, by: 'ann', why: '' });
  });
  afterEach(async () => {
    for (const { running } of controllers.splice(0)) await closed(running);
  });

  const closed = async (running: RunningRamps) => {
    const closing = running.close();
    await time.advance(2 * SECOND);
    await closing;
  };

  /** Instances that follow at once, whose dates are right, and which 20 of the candidate's users ask each second. */
  const readings = (clock: Clock): RouteReadings => ({
    refresh: async () => {},
    retireGone: async () => [],
    read: async (route, setAtMs) => {
      const { weightPercent } = await new ProxyDial({ store, clock }).read(route);
      const totals = routeTotals({
        candidate: requests,
        control: requests * 10,
        weightPercent,
        failing: Array.from({ length: failing }, (_, at) => at),
        ...(setAtMs === undefined ? {} : { sinceMs: setAtMs }),
      });
      const { firstFailures } = totals;
      const recent = firstFailures && {
        ...firstFailures.recent,
        index: recentIndex(setAtMs ?? 0, time.nowMs()),
      };
      return {
        totals: firstFailures && recent ? { ...totals, firstFailures: { ...firstFailures, recent } } : totals,
        ...{ instances: ['one'], behind: [], silent: [] },
      };
    },
  });

  const start = (offsetMs = 0): Controller => {
    const clock = new SkewedClock(time, offsetMs);
    let leads = false;
    const running = startRamps({
      ...{ store, routes: [ROUTE], clock, dial: new ProxyDial({ store, clock }), readings: readings(clock) },
      log: pino({ level: 'silent' }),
      observe: {
        led: (now) => {
          leads = now;
        },
        ticked: ({ happened: { step } }) => {
          if (step?.recent) recents.push(step.recent.index);
        },
      },
    });
    const controller = { clock, running, leads: () => leads };
    controllers.push(controller);
    return controller;
  };

  /** Lets time pass by the second; notes the weights, and that never two controllers act. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += SECOND) {
      await time.advance(SECOND);
      requests += 20;
      expect(controllers.filter(({ leads }) => leads()).length).toBeLessThanOrEqual(1);
      const { weightPercent } = await new ProxyDial({ store, clock: time }).read(ROUTE);
      if (turned.at(-1)?.weightPercent !== weightPercent) {
        turned.push({ weightPercent, atMs: time.nowMs() });
        recents = [];
      }
      expect([...recents].sort((a, b) => a - b)).toEqual(recents);
    }
  };
  const weights = () => turned.map(({ weightPercent }) => weightPercent);
  /** For how long each weight but the last was in force. */
  const baked = () => turned.slice(1).map(({ atMs }, at) => atMs - (turned[at]?.atMs ?? 0));
  const expectBaked = (changes: number) => {
    expect(weights()).toEqual([5, 25, 100]);
    for (const ms of baked()) {
      expect(ms).toBeGreaterThanOrEqual(BAKE_MS - changes * UNSEEN_MS);
      expect(ms).toBeLessThanOrEqual(BAKE_MS + MINUTE);
    }
  };

  it.each([
    ['an hour ahead', HOUR],
    ['an hour back', -HOUR],
    ['a day ahead', 24 * HOUR],
    ['ten seconds back', -10 * SECOND],
  ])(
    'neither skips a step nor hurries or waits when the clock jumps %s in the middle of it',
    async (_what, jumpMs) => {
      const { clock } = start();
      await pass(BAKE_MS / 2);
      clock.offsetMs += jumpMs;
      await pass(2 * BAKE_MS);
      expectBaked(1);
    },
  );

  it('keeps to its steps while the clock is set to and fro all the time', async () => {
    const { clock } = start();
    for (let minute = 0; minute < 22; minute++) {
      clock.offsetMs = minute % 2 === 0 ? HOUR : -HOUR;
      await pass(MINUTE);
    }
    expect(weights().slice(0, 2)).toEqual([5, 25]);
    // Every other minute has a jump ahead.
    expect(baked()[0]).toBeGreaterThanOrEqual(BAKE_MS - 6 * UNSEEN_MS);
    expect((await ramps.read(ROUTE))?.happened.phase).toBe('running');
  });

  it.each([
    ['the first is two hours behind the second', -HOUR, HOUR],
    ['the first is two hours ahead of the second', HOUR, -HOUR],
  ])('goes on where the first stopped when %s', async (_what, first, second) => {
    const leader = start(first);
    await pass(2 * SECOND);
    start(second);
    await pass(BAKE_MS / 2);
    expect(leader.leads()).toBe(true);
    await closed(leader.running);
    await pass(2 * BAKE_MS);
    expectBaked(1);
    expect(controllers.map(({ leads }) => leads())).toEqual([false, true]);
  });

  it('has one actor while the clocks of both jump', async () => {
    const [one, two] = [start(), start(HOUR)];
    for (const jumpMs of [HOUR, -2 * HOUR, 10 * SECOND, -10 * SECOND, 3 * SECOND, -3 * SECOND]) {
      one.clock.offsetMs += jumpMs;
      await pass(20 * SECOND);
      two.clock.offsetMs -= jumpMs;
      await pass(20 * SECOND);
    }
    expect(controllers.filter(({ leads }) => leads())).toHaveLength(1);
    expect(weights()).toEqual([5]);
  });

  it.each([
    ['ahead', HOUR],
    ['back', -HOUR],
  ])(
    'turns back a candidate that fails after the clock has jumped %s, and no other',
    async (_what, jumpMs) => {
      const { clock } = start();
      await pass(BAKE_MS / 2);
      clock.offsetMs += jumpMs;
      await pass(MINUTE);
      expect((await ramps.read(ROUTE))?.happened.phase).toBe('running');
      failing = 400;
      await pass(5 * SECOND);
      expect(weights()).toEqual([5, 0]);
      expect((await ramps.read(ROUTE))?.happened.phase).toBe('rolled-back');
    },
  );
});
