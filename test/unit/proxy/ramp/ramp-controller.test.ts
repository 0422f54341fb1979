import { describe, expect, it } from '@jest/globals';
import type { RouteTotals } from '../../../../proxy/metrics/readings.ts';
import { ProxyDial } from '../../../../proxy/ramp/dials/proxy-dial.ts';
import { RampController } from '../../../../proxy/ramp/ramp-controller.ts';
import { rampPlanSchema } from '../../../../proxy/ramp/ramp-plan.ts';
import { Ramps } from '../../../../proxy/ramp/ramps.ts';
import type { RouteReadings } from '../../../../proxy/ramp/route-readings.ts';
import { UsageError, VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';
import { routeTotals } from '../../../support/route-totals.ts';

const plan = rampPlanSchema.parse({
  steps: [
    { weightPercent: 5, bakeMs: 10_000 },
    { weightPercent: 50, bakeMs: 10_000 },
  ],
});
const failing = (count: number) => Array.from({ length: count }, (_, at) => at);

/** A store, a dial, instances that follow at once, and as many controllers as a test wants. */
const setUp = () => {
  const clock = new VirtualClock();
  const store = new MemoryControlStore({ clock });
  const dial = new ProxyDial({ store, clock });
  const ramps = new Ramps({ store, clock });
  const counted: { totals: RouteTotals | undefined } = { totals: undefined };
  const readings: RouteReadings = {
    refresh: async () => {},
    read: async () => ({ totals: counted.totals, instances: ['a'], behind: [], silent: [] }),
    retireGone: async () => [],
  };
  const controller = (by: string) =>
    new RampController({ store, dial, readings, clock, routes: ['r', 'other'], by });
  const count = async (candidate: number, failed = 0) => {
    const { setAtMs = 0, weightPercent } = await dial.read('r');
    const before = counted.totals?.candidate.requests ?? 0;
    const totals = routeTotals({
      candidate: before + candidate,
      failing: failing(failed),
      control: 10_000,
      sinceMs: setAtMs,
      weightPercent,
    });
    counted.totals = totals;
  };
  const start = () => ramps.start('r', { plan, planName: null, by: 'ann', why: 'go' });
  const weight = async () => (await dial.read('r')).weightPercent;
  return { clock, store, dial, ramps, readings, controller, count, start, weight };
};
const leads = () => true;
const phaseOf = async (ramps: Ramps) => (await ramps.read('r'))?.happened.phase;

describe('RampController', () => {
  it('does nothing where nobody wants a ramp', async () => {
    const { controller, weight } = setUp();
    expect(await controller('one').tick(leads)).toEqual({ ramps: [], trouble: undefined });
    expect(await weight()).toBe(0);
  });

  it('turns the dial in its own name, with the reason', async () => {
    const { start, controller, dial } = setUp();
    await start();
    await controller('one').tick(leads);
    expect(await dial.history('r', 9)).toMatchObject([
      { fromPercent: 0, toPercent: 5, by: 'one', why: 'the ramp starts' },
    ]);
  });

  it('hands a step over to the next controller with its time and its evidence', async () => {
    const { clock, start, controller, count, weight, ramps } = setUp();
    await start();
    const one = controller('one');
    await one.tick(leads);
    await one.tick(leads);
    await count(500);
    await clock.advance(9_000);
    await one.tick(leads);
    const two = controller('two');
    await clock.advance(999);
    await two.tick(leads);
    expect(await weight()).toBe(5);
    expect((await ramps.read('r'))?.happened.decision?.cause).toBe('baking');
    await clock.advance(1);
    await two.tick(leads);
    expect(await weight()).toBe(50);
  });

  it('refuses what a controller decides that woke up after another took over', async () => {
    const { clock, start, controller, count, dial, readings, weight } = setUp();
    await start();
    const [old, heir] = [controller('old'), controller('heir')];
    await old.tick(leads);
    await old.tick(leads);
    await count(500);
    await clock.advance(10_000);
    // The old one has read everything and sleeps right before it writes its decision down.
    const read = readings.read.bind(readings);
    let wake: (() => void) | undefined;
    readings.read = async (...args) => {
      const reading = await read(...args);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      return reading;
    };
    const late = old.tick(leads);
    while (!wake) await new Promise((resolve) => setImmediate(resolve));
    readings.read = read;
    await count(500, 100);
    await heir.tick(leads);
    expect(await weight()).toBe(0);
    wake();
    await late;
    expect(await weight()).toBe(0);
    expect((await dial.history('r', 1))[0]?.by).toBe('heir');
  });

  it('carries out what was written down by one who died before he turned the dial', async () => {
    const { start, controller, weight } = setUp();
    await start();
    await controller('one').tick(() => false);
    expect(await weight()).toBe(0);
    await controller('two').tick(leads);
    expect(await weight()).toBe(5);
  });

  it('rolls back though an order came in the same moment, and knows it afterwards', async () => {
    const { start, controller, count, ramps, dial, weight } = setUp();
    await start();
    const one = controller('one');
    await one.tick(leads);
    await one.tick(leads);
    await count(500, 100);
    const read = dial.read.bind(dial);
    dial.read = async (route) => {
      dial.read = read;
      await ramps.order('r', { action: 'pause', by: 'bob', why: 'now' });
      return read(route);
    };
    await one.tick(leads);
    expect(await weight()).toBe(0);
    const { ramps: ticked } = await one.tick(leads);
    expect(ticked[0]?.events).toMatchObject([{ event: 'rolled-back', by: 'one' }]);
    expect(await phaseOf(ramps)).toBe('rolled-back');
  });

  it('tries a rollback again that the store did not take', async () => {
    const { start, controller, count, store, weight, ramps } = setUp();
    await start();
    const one = controller('one');
    await one.tick(leads);
    await one.tick(leads);
    await count(500, 100);
    const put = store.put.bind(store);
    store.put = async () => {
      throw new Error('throttled');
    };
    expect((await one.tick(leads)).ramps).toMatchObject([{ route: 'r', trouble: 'throttled', events: [] }]);
    store.put = put;
    const { ramps: ticked } = await one.tick(leads);
    expect(ticked[0]?.events).toMatchObject([{ event: 'rolled-back' }]);
    expect([await weight(), await phaseOf(ramps)]).toEqual([0, 'rolled-back']);
  });

  it('rolls back though the history cannot be written, and says so', async () => {
    const { start, controller, count, store, weight } = setUp();
    await start();
    const one = controller('one');
    await one.tick(leads);
    await one.tick(leads);
    await count(500, 100);
    store.append = async () => {
      throw new Error('throttled');
    };
    const { ramps: ticked } = await one.tick(leads);
    expect(ticked[0]).toMatchObject({
      events: [{ event: 'rolled-back' }],
      trouble: "the ramp's history could not be written: throttled",
    });
    expect(await weight()).toBe(0);
  });

  it('fails as a whole while the store is away', async () => {
    const { start, controller, store } = setUp();
    await start();
    store.get = async () => {
      throw new Error('away');
    };
    await expect(controller('one').tick(leads)).rejects.toThrow('away');
  });
});

describe('Ramps', () => {
  it('takes one ramp of a route at a time', async () => {
    const { start, ramps } = setUp();
    await start();
    await expect(start()).rejects.toThrow(UsageError);
    await expect(start()).rejects.toThrow('r has a ramp already, which is running: abort it first');
    expect(await ramps.history('r', 9)).toMatchObject([{ event: 'started', by: 'ann', why: 'go' }]);
  });

  it('takes another once it is over', async () => {
    const { start, ramps, controller } = setUp();
    await start();
    await ramps.order('r', { action: 'abort', by: 'bob', why: '' });
    await controller('one').tick(leads);
    expect((await start()).happened.phase).toBe('running');
    expect((await ramps.history('r', 9)).map(({ event }) => event)).toEqual([
      'started',
      'aborted',
      'started',
    ]);
  });

  it.each([
    ['pause', 'r has no ramp: start one with `banyan canary ramp start r`'],
    ['resume', 'r has no ramp'],
  ] as const)('has nothing to %s where there is none', async (action, problem) => {
    const { ramps } = setUp();
    await expect(ramps.order('r', { action, by: 'bob', why: '' })).rejects.toThrow(problem);
  });

  it('refuses what makes no sense, and says why', async () => {
    const { start, ramps, controller } = setUp();
    const order = (action: 'pause' | 'resume' | 'abort') => ramps.order('r', { action, by: 'bob', why: '' });
    await start();
    await expect(order('resume')).rejects.toThrow('the ramp of r is running: there is nothing to resume');
    await order('pause');
    await expect(order('pause')).rejects.toThrow(
      'that was ordered already, by bob, and no controller has seen it yet',
    );
    await controller('one').tick(leads);
    await expect(order('pause')).rejects.toThrow('the ramp of r is paused already');
    await order('abort');
    await controller('one').tick(leads);
    await expect(order('resume')).rejects.toThrow('the ramp of r is over: it was aborted');
  });
});
