import { describe, expect, it } from '@jest/globals';
import type { RouteTotals } from '../../../../proxy/metrics/readings.ts';
import { decideRamp, type RampMove, type RampView } from '../../../../proxy/ramp/decide-ramp.ts';
import type { Ramp, RampEvent, RampOrderAction } from '../../../../proxy/ramp/ramp.ts';
import { rampPlanSchema } from '../../../../proxy/ramp/ramp-plan.ts';
import { NOTHING_YET } from '../../../../proxy/ramp/ramps.ts';
import type { RouteReading } from '../../../../proxy/ramp/route-readings.ts';
import { routeTotals } from '../../../support/route-totals.ts';

const MINUTE = 60_000;
const LOOK_EVERY_MS = 10_000;
// A Tuesday, 10:00 UTC.
const START = Date.UTC(2024, 0, 2, 10);

type PlanInput = Parameters<typeof rampPlanSchema.parse>[0] & object;

/** A ramp, its dial and its instances, in a world where a look is one call. */
class World {
  nowMs = START;
  ramp: Ramp;
  dial = { weightPercent: 0, setAtMs: undefined as number | undefined, by: '', why: '', revision: 0 };
  reading: RouteReading = { totals: undefined, instances: ['a', 'b'], behind: [], silent: [] };
  readonly events: RampEvent[] = [];

  constructor(plan: PlanInput = {}) {
    const by = { by: 'ann', atMs: START, why: 'go' };
    this.ramp = {
      wanted: {
        id: 'id',
        plan: rampPlanSchema.parse({
          steps: [
            { weightPercent: 5, bakeMs: MINUTE },
            { weightPercent: 50, bakeMs: MINUTE },
          ],
          ...plan,
        }),
        planName: null,
        started: by,
        order: { number: 1, action: 'start', ...by },
      },
      happened: NOTHING_YET,
    };
  }

  /** A look of which everything comes true, after so much time in which others were as uneventful. */
  look(afterMs = 1_000): RampMove {
    for (let leftMs = afterMs; leftMs > LOOK_EVERY_MS; leftMs -= LOOK_EVERY_MS) {
      const move = this.#lookOnce(LOOK_EVERY_MS);
      if (move.turn) return move;
    }
    return this.#lookOnce(afterMs % LOOK_EVERY_MS || Math.min(afterMs, LOOK_EVERY_MS));
  }

  #lookOnce(afterMs: number): RampMove {
    const move = this.lookOnly(afterMs);
    if (move.turn) this.turn(move.turn.weightPercent, 'controller', move.turn.why);
    return move;
  }

  /** A look after which the dial could not be turned. */
  lookOnly(afterMs = 1_000): RampMove {
    this.nowMs += afterMs;
    const { nowMs, dial, reading } = this;
    const view: RampView = { nowMs, dial, reading, by: 'controller' };
    const move = decideRamp(this.ramp, view);
    // As the control store keeps it.
    this.ramp = JSON.parse(JSON.stringify({ ...this.ramp, happened: move.happened }));
    this.events.push(...move.events);
    return move;
  }

  turn(weightPercent: number, by: string, why = ''): void {
    this.dial = { weightPercent, setAtMs: this.nowMs, by, why, revision: this.dial.revision + 1 };
  }

  order(action: RampOrderAction): void {
    const { wanted } = this.ramp;
    const order = { number: wanted.order.number + 1, action, by: 'bob', atMs: this.nowMs, why: 'lunch' };
    this.ramp = { ...this.ramp, wanted: { ...wanted, order } };
  }

  /** All have followed the dial, and the candidate has answered so many since, of whom these failed. */
  counted(candidate: number, failing: readonly number[] = [], sinceMs = this.dial.setAtMs): void {
    const weightPercent = this.dial.weightPercent;
    const more = routeTotals({
      candidate,
      failing,
      control: 10_000,
      weightPercent,
      ...(sinceMs === undefined ? {} : { sinceMs }),
    });
    this.reading = { ...this.reading, totals: added(this.reading.totals, more) };
  }

  get phase() {
    return this.ramp.happened.phase;
  }

  get cause() {
    return this.ramp.happened.decision?.cause;
  }

  /** To the first step, with all instances there and enough good requests. */
  toFirstStep(): void {
    this.look();
    this.look();
    this.counted(1_000);
  }
}

const added = (before: RouteTotals | undefined, more: RouteTotals): RouteTotals => ({
  ...more,
  candidate: {
    ...more.candidate,
    requests: more.candidate.requests + (before?.candidate.requests ?? 0),
  },
});

const failing = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('decideRamp', () => {
  it('climbs step by step, and is complete after the last', () => {
    const world = new World();
    expect(world.look()).toMatchObject({ turn: { weightPercent: 5, expectedRevision: 0 } });
    expect(world.look().turn).toBeUndefined();
    world.counted(1_000);
    world.look();
    expect(world.cause).toBe('baking');
    expect(world.look(MINUTE).turn).toMatchObject({ weightPercent: 50, expectedRevision: 1 });
    world.look();
    world.counted(1_000);
    world.look(MINUTE);
    expect(world.phase).toBe('complete');
    expect(world.events.map(({ event, toPercent }) => [event, toPercent])).toEqual([
      ['advanced', 5],
      ['advanced', 50],
      ['completed', 50],
    ]);
  });

  it('turns back when the guards say so, and is over', () => {
    const world = new World();
    world.toFirstStep();
    world.counted(1_000, failing(100));
    expect(world.look()).toMatchObject({
      turn: { weightPercent: 0, expectedRevision: 'any', why: expect.stringContaining('100 users failed') },
      events: [{ event: 'rolled-back', by: 'controller', fromPercent: 5, toPercent: 0 }],
    });
    expect(world.phase).toBe('rolled-back');
    expect(world.ramp.happened.ended).toMatchObject({ by: 'controller' });
    expect(world.look(MINUTE)).toMatchObject({ events: [] });
  });

  it('goes on watching once it is complete', () => {
    const world = new World({ steps: [{ weightPercent: 5, bakeMs: 0 }] });
    world.toFirstStep();
    world.look();
    expect(world.phase).toBe('complete');
    world.counted(100, failing(100));
    expect(world.look().turn).toMatchObject({ weightPercent: 0 });
  });

  it('turns back before every instance has followed the dial', () => {
    const world = new World();
    world.look();
    world.reading = { ...world.reading, behind: ['b'] };
    world.counted(200, failing(100));
    expect(world.look().turn).toMatchObject({ weightPercent: 0, expectedRevision: 'any' });
  });

  it('does not advance before every instance serves the weight, and counts from there', () => {
    const world = new World();
    world.look();
    world.reading = { ...world.reading, behind: ['b'] };
    world.counted(1_000);
    world.look(2 * MINUTE);
    expect([world.cause, world.ramp.happened.decision?.reason]).toEqual([
      'following',
      '1 of 2 instances do not serve 5 % yet',
    ]);
    world.reading = { ...world.reading, behind: [] };
    world.look();
    world.counted(99);
    expect(world.look().turn).toBeUndefined();
    expect(world.cause).toBe('few-requests');
    world.counted(1);
    expect(world.look().turn).toMatchObject({ weightPercent: 50 });
  });

  it('holds while an instance is silent, and says which; it turns back all the same', () => {
    const world = new World();
    world.toFirstStep();
    world.reading = { ...world.reading, instances: ['a'], silent: [{ name: 'b', silentMs: 12_000 }] };
    world.look(2 * MINUTE);
    expect([world.cause, world.ramp.happened.decision?.reason]).toEqual([
      'silent',
      '1 of 2 instances do not report, such as b for 12 s',
    ]);
    world.counted(100, failing(100));
    expect(world.look().turn).toMatchObject({ weightPercent: 0 });
  });

  it('neither starts nor advances where nobody reports', () => {
    const world = new World();
    world.reading = { ...world.reading, instances: [] };
    expect(world.look().turn).toBeUndefined();
    expect(world.cause).toBe('silent');
  });

  it('takes who failed under another weight for no proof of this one', () => {
    const world = new World();
    world.toFirstStep();
    world.counted(1_000, failing(500), 1);
    world.look(2 * MINUTE);
    expect([world.phase, world.cause]).toEqual(['running', 'no-data']);
  });

  describe('and operators', () => {
    it('pauses by order, watches, and goes on where it was', () => {
      const world = new World();
      world.toFirstStep();
      world.order('pause');
      expect(world.look(2 * MINUTE).turn).toBeUndefined();
      expect([world.phase, world.cause]).toEqual(['paused', 'paused']);
      expect(world.ramp.happened.paused).toMatchObject({ by: 'bob', why: 'lunch' });
      world.order('resume');
      expect(world.look().turn).toMatchObject({ weightPercent: 50 });
      expect(world.phase).toBe('running');
    });

    it('turns back while it is paused', () => {
      const world = new World();
      world.toFirstStep();
      world.order('pause');
      world.look();
      world.counted(1_000, failing(100));
      expect(world.look().turn).toMatchObject({ weightPercent: 0 });
      expect(world.phase).toBe('rolled-back');
    });

    it('aborts by order: the dial stays, and nobody watches', () => {
      const world = new World();
      world.toFirstStep();
      world.order('abort');
      world.counted(1_000, failing(1_000));
      expect(world.look()).toMatchObject({ events: [] });
      expect([world.phase, world.dial.weightPercent]).toEqual(['aborted', 5]);
    });

    it('obeys an order once', () => {
      const world = new World({
        steps: [
          { weightPercent: 5, bakeMs: 0, pause: true },
          { weightPercent: 50, bakeMs: 0, pause: true },
          { weightPercent: 100, bakeMs: 0 },
        ],
      });
      world.toFirstStep();
      world.look();
      expect([world.phase, world.cause]).toEqual(['waiting', 'pause-point']);
      expect(world.look().turn).toBeUndefined();
      world.order('resume');
      expect(world.look().turn).toMatchObject({ weightPercent: 50 });
      world.look();
      world.counted(1_000);
      world.look();
      expect([world.phase, world.dial.weightPercent]).toEqual(['waiting', 50]);
      expect(world.events.filter(({ event }) => event === 'waiting')).toHaveLength(2);
    });

    it('waits for nobody before the step has passed, and for somebody again when in doubt', () => {
      const world = new World({
        steps: [
          { weightPercent: 5, bakeMs: MINUTE, pause: true },
          { weightPercent: 9, bakeMs: 0 },
        ],
      });
      world.toFirstStep();
      world.look();
      expect([world.phase, world.cause]).toEqual(['running', 'baking']);
      world.look(MINUTE);
      expect(world.phase).toBe('waiting');
    });

    it('respects a dial that was turned by hand: it pauses there, watches, and goes on from there', () => {
      const world = new World();
      world.toFirstStep();
      world.turn(20, 'eve', 'more');
      const { turn, events } = world.look();
      expect(turn).toBeUndefined();
      expect(events).toMatchObject([
        { event: 'paused', by: 'eve', why: 'the dial was turned from 5 % to 20 % by hand' },
      ]);
      expect(world.phase).toBe('paused');
      world.counted(1_000);
      world.order('resume');
      expect(world.look(MINUTE).turn).toMatchObject({ weightPercent: 50 });
    });

    it('is over when somebody else rolls back', () => {
      const world = new World();
      world.toFirstStep();
      world.turn(0, 'eve', 'smoke');
      expect(world.look().events).toMatchObject([{ event: 'rolled-back', by: 'eve', why: 'smoke' }]);
      expect([world.phase, world.ramp.happened.ended?.by]).toEqual(['rolled-back', 'eve']);
    });

    it('starts where the dial was turned to before', () => {
      const world = new World();
      world.turn(10, 'ann');
      expect(world.look().turn).toBeUndefined();
      world.counted(1_000);
      expect(world.look(MINUTE).turn).toMatchObject({ weightPercent: 50, expectedRevision: 1 });
    });
  });

  describe('with a schedule', () => {
    const schedule = { days: ['mon', 'tue', 'wed'], from: '09:00', to: '16:00' };

    it('advances within it only, and says so', () => {
      const world = new World({ schedule });
      world.toFirstStep();
      world.nowMs += 6 * 60 * MINUTE;
      world.look(MINUTE);
      expect([world.cause, world.ramp.happened.decision?.reason]).toEqual([
        'schedule',
        'the ramp advances mon, tue, wed from 09:00 to 16:00 UTC only: 0 of 1000 requests failed at 5 %',
      ]);
      expect(world.look(17 * 60 * MINUTE).turn).toMatchObject({ weightPercent: 50 });
    });

    it('does not start outside it', () => {
      const world = new World({ schedule });
      world.nowMs += 6 * 60 * MINUTE;
      expect(world.look().turn).toBeUndefined();
      expect(world.cause).toBe('schedule');
    });

    it('turns back at any time', () => {
      const world = new World({ schedule });
      world.toFirstStep();
      world.nowMs += 12 * 60 * MINUTE;
      world.counted(1_000, failing(100));
      expect(world.look().turn).toMatchObject({ weightPercent: 0 });
    });
  });

  describe('when a controller stops halfway', () => {
    it('turns the dial to the step that was decided, by whoever comes next', () => {
      const world = new World();
      world.lookOnly();
      expect(world.dial.weightPercent).toBe(0);
      expect(world.look()).toMatchObject({ turn: { weightPercent: 5, expectedRevision: 0 }, events: [] });
      expect(world.look().turn).toBeUndefined();
      expect(world.ramp.happened.step?.dialRevision).toBe(1);
    });

    it('does not turn what somebody rolled back in between', () => {
      const world = new World();
      world.lookOnly();
      world.turn(0, 'eve', 'no');
      expect(world.look().turn).toBeUndefined();
      expect(world.phase).toBe('rolled-back');
    });

    it('finds a rollback on the dial that could not be written down', () => {
      const world = new World();
      world.toFirstStep();
      world.counted(1_000, failing(100));
      const before = world.ramp;
      const { turn } = world.look();
      world.ramp = before;
      expect(world.look().events).toMatchObject([{ event: 'rolled-back', by: 'controller', why: turn?.why }]);
      expect(world.phase).toBe('rolled-back');
    });
  });

  it('judges each short window of a long step by itself', () => {
    const world = new World({
      steps: [
        { weightPercent: 5, bakeMs: 60 * MINUTE },
        { weightPercent: 50, bakeMs: 0 },
      ],
    });
    world.toFirstStep();
    world.look(11 * MINUTE);
    expect(world.ramp.happened.step?.recent).toMatchObject({
      index: 2,
      start: { candidate: { requests: 1_000 } },
    });
    world.look();
    expect(world.ramp.happened.step?.recent?.index).toBe(2);
  });

  it('tells once that a step takes too long, and not while it waits for a person or bakes', () => {
    const world = new World({ holdTooLongMs: 10 * MINUTE });
    world.look();
    world.look();
    world.look(MINUTE);
    expect(world.cause).toBe('no-data');
    world.look(9 * MINUTE);
    expect(world.events.some(({ event }) => event === 'held-too-long')).toBe(false);
    world.look(MINUTE);
    world.look(MINUTE);
    expect(world.events.filter(({ event }) => event === 'held-too-long')).toHaveLength(1);
    const paused = new World({ holdTooLongMs: 1 });
    paused.toFirstStep();
    paused.order('pause');
    paused.look(10 * MINUTE);
    expect(paused.events.map(({ event }) => event)).toEqual(['advanced']);
  });
});
