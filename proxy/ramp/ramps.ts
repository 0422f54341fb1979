import { randomUUID } from 'node:crypto';
import { type Clock, UsageError } from '../../services/core/index.ts';
import { changeValue } from '../../services/store/change-value.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { isOver, type Ramp, type RampEvent, type RampHappened, type RampWanted, rampKey } from './ramp.ts';
import type { RampPlan } from './ramp-plan.ts';
import { type DialKind, dialFlagOf } from './traffic-dial.ts';

/** An event of a route's ramps, and when. */
export interface PastRampEvent extends RampEvent {
  readonly atMs: number;
}

/** What has happened to a ramp that was just wanted. */
export const NOTHING_YET: RampHappened = {
  phase: 'running',
  order: 0,
  step: null,
  paused: null,
  decision: null,
  ended: null,
  savedBy: null,
  savedAtMs: null,
};

type OrderAction = 'pause' | 'resume' | 'abort';
const DONE = { pause: 'paused', resume: 'resumed', abort: 'aborted' } as const;

/** What operators do with ramps: they say what is wanted, and a controller sees to it within a second or two. */
export class Ramps {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #scope: DialKind;

  /** `scope`: Optional: defaults to the proxies'. */
  constructor(options: { store: ControlStore; clock: Clock; scope?: DialKind }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#scope = options.scope ?? 'proxy';
  }

  /** A route's ramp, or the last one that it had; `undefined` when there never was one. */
  async read(route: string): Promise<Ramp | undefined> {
    return (await this.#store.get<Ramp>(rampKey(this.#scope, route)))?.value;
  }

  /**
   * Starts a ramp where the dial is.
   * @throws UsageError when one is under way.
   */
  async start(
    route: string,
    options: { plan: RampPlan; planName: string | null; by: string; why: string },
  ): Promise<Ramp> {
    const { plan, planName, by, why } = options;
    const started = { by, atMs: this.#clock.nowMs(), why };
    const wanted: RampWanted = {
      id: randomUUID(),
      plan,
      planName,
      started,
      order: { number: 1, action: 'start', ...started },
    };
    const ramp: Ramp = { wanted, happened: NOTHING_YET };
    await changeValue<Ramp>(this.#store, rampKey(this.#scope, route), (current) => {
      if (!current || isOver(current.happened)) return ramp;
      throw new UsageError(
        `${route} has a ramp already, which ${current.happened.phase === 'complete' ? 'is complete and watched' : `is ${current.happened.phase}`}: abort it first (banyan canary ramp abort ${route}${dialFlagOf(this.#scope)})`,
        { code: 'ramp-under-way' },
      );
    });
    await this.#note(route, ramp, 'started', { by, why });
    return ramp;
  }

  /**
   * Orders something of a ramp.
   * @throws UsageError when there is no ramp, or nothing of the kind to do.
   */
  async order(route: string, options: { action: OrderAction; by: string; why: string }): Promise<Ramp> {
    const { action, by, why } = options;
    const ramp = await changeValue<Ramp>(this.#store, rampKey(this.#scope, route), (current) => {
      const refusal = refusalOf({ route, scope: this.#scope }, current, action);
      if (refusal || !current) throw new UsageError(refusal ?? '', { code: 'no-such-order' });
      const { wanted } = current;
      const order = { number: wanted.order.number + 1, action, by, atMs: this.#clock.nowMs(), why };
      return { ...current, wanted: { ...wanted, order } };
    });
    await this.#note(route, ramp as Ramp, DONE[action], { by, why });
    return ramp as Ramp;
  }

  /** The newest `limit` events of a route's ramps, newest first. */
  async history(route: string, limit: number): Promise<PastRampEvent[]> {
    const entries = await this.#store.history<RampEvent>(rampKey(this.#scope, route), limit);
    return entries.map(({ atMs, entry }) => ({ atMs, ...entry }));
  }

  async #note(
    route: string,
    { wanted, happened }: Ramp,
    event: RampEvent['event'],
    { by, why }: { by: string; why: string },
  ): Promise<void> {
    const percent = happened.step?.weightPercent ?? 0;
    const noted: RampEvent = {
      event,
      ramp: wanted.id,
      fromPercent: percent,
      toPercent: percent,
      by,
      why,
      evidence: [],
    };
    await this.#store.append(rampKey(this.#scope, route), noted);
  }
}

const refusalOf = (
  { route, scope }: { route: string; scope: DialKind },
  ramp: Ramp | undefined,
  action: OrderAction,
): string | undefined => {
  if (!ramp)
    return `${route} has no ramp: start one with \`banyan canary ramp start ${route}${dialFlagOf(scope)}\``;
  const { happened, wanted } = ramp;
  if (isOver(happened)) return `the ramp of ${route} is over: it was ${happened.phase}`;
  if (wanted.order.action === action && wanted.order.number > happened.order)
    return `that was ordered already, by ${wanted.order.by}, and no controller has seen it yet`;
  const { phase } = happened;
  if (action === 'pause' && phase === 'paused') return `the ramp of ${route} is paused already`;
  if (action === 'resume' && phase !== 'paused' && phase !== 'waiting')
    return `the ramp of ${route} is ${phase}: there is nothing to resume`;
  return undefined;
};
