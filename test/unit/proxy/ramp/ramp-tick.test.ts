import { describe, expect, it } from '@jest/globals';
import { NO_READINGS, type Readings } from '../../../../proxy/metrics/readings.ts';
import { ProxyDial } from '../../../../proxy/ramp/dials/proxy-dial.ts';
import { rampPlanSchema } from '../../../../proxy/ramp/ramp-plan.ts';
import { rampTick } from '../../../../proxy/ramp/ramp-tick.ts';
import { VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';

const plan = rampPlanSchema.parse({
  steps: [
    { weightPercent: 5, bakeMs: 1_000 },
    { weightPercent: 50, bakeMs: 1_000 },
  ],
});
const seen = (failures: number): Readings => ({
  ...NO_READINGS,
  candidate: { ...NO_READINGS.candidate, requests: 1_000, failures },
  control: { ...NO_READINGS.control, requests: 1_000 },
  firstFailures: {
    weightPercent: 5,
    candidate: { requests: 1_000, users: failures },
    control: { requests: 1_000, users: 0 },
  },
});

const setUp = () => {
  const clock = new VirtualClock();
  const dial = new ProxyDial({ store: new MemoryControlStore({ clock }), clock });
  const tick = (read: Readings) =>
    rampTick({ route: 'r', plan, dial, readings: { since: async () => read }, clock, by: 'ramp' });
  return { clock, dial, tick };
};

describe('rampTick', () => {
  it('walks the steps, each from what the dial reads, and writes the history', async () => {
    const { clock, dial, tick } = setUp();
    expect(await tick(seen(0))).toMatchObject({
      action: 'advance',
      fromPercent: 0,
      toPercent: 5,
      turned: true,
    });
    expect(await tick(seen(0))).toMatchObject({ action: 'hold', cause: 'baking', turned: false });
    await clock.advance(1_000);
    expect(await tick(seen(0))).toMatchObject({ action: 'advance', fromPercent: 5, toPercent: 50 });
    await clock.advance(1_000);
    expect(await tick(seen(0))).toMatchObject({ action: 'hold', cause: 'complete' });
    expect(await dial.history('r', 9)).toMatchObject([
      { fromPercent: 5, toPercent: 50, by: 'ramp', why: '0 of 1000 requests failed at 5 %' },
      { fromPercent: 0, toPercent: 5, by: 'ramp', why: 'the ramp starts' },
    ]);
  });

  it('turns a bad step back, and stays there', async () => {
    const { dial, tick } = setUp();
    await tick(seen(0));
    expect(await tick(seen(500))).toMatchObject({ action: 'rollback', cause: 'errors', turned: true });
    expect((await dial.read('r')).weightPercent).toBe(0);
    expect(await tick(seen(0))).toMatchObject({ action: 'hold', cause: 'turned-off', turned: false });
  });

  it('gives way to an operator who turned the dial while it decided', async () => {
    const { clock, dial } = setUp();
    await dial.set('r', { weightPercent: 5, by: 'ann', why: '', expectedRevision: 0 });
    await clock.advance(1_000);
    const meddling = {
      since: async () => {
        await dial.set('r', { weightPercent: 1, by: 'bob', why: 'careful', expectedRevision: 'any' });
        return seen(0);
      },
    };
    const tick = await rampTick({ route: 'r', plan, dial, readings: meddling, clock, by: 'ramp' });
    expect(tick).toMatchObject({
      action: 'hold',
      turned: false,
      reason: expect.stringContaining('changed meanwhile'),
    });
    expect(await dial.read('r')).toMatchObject({ weightPercent: 1, by: 'bob' });
  });

  it('rolls back whoever turned the dial meanwhile', async () => {
    const { dial, clock } = setUp();
    await dial.set('r', { weightPercent: 5, by: 'ann', why: '', expectedRevision: 0 });
    const meddling = {
      since: async () => {
        await dial.set('r', { weightPercent: 50, by: 'bob', why: '', expectedRevision: 'any' });
        return seen(500);
      },
    };
    await rampTick({ route: 'r', plan, dial, readings: meddling, clock, by: 'ramp' });
    expect((await dial.read('r')).weightPercent).toBe(0);
  });
});
