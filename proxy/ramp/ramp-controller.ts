import { BanyanError, type Clock, messageOf } from '../../services/core/index.ts';
import {
  type ControlStore,
  RevisionConflictError,
  type Revisioned,
} from '../../services/store/control-store.ts';
import { decideRamp, type RampMove } from './decide-ramp.ts';
import { isOver, type Ramp, type RampEvent, type RampHappened, rampKey } from './ramp.ts';
import type { RouteReadings } from './route-readings.ts';
import type { DialKind, TrafficDial } from './traffic-dial.ts';

/** An unchanged ramp is written down no oftener: its numbers are for people. */
const SAVE_EVERY_MS = 2_000;
/** How often it looks who is there while no ramp is under way. */
const IDLE_LOOK_MS = 5_000;

/** What one look at one route came to. */
export interface RampTicked {
  readonly route: string;
  readonly happened: RampHappened;
  readonly events: readonly RampEvent[];
  /** What went wrong, and will be tried again; `undefined` when nothing did. */
  readonly trouble: string | undefined;
}

/** What one look at all ramps came to. */
export interface RampLook {
  readonly ramps: readonly RampTicked[];
  /** What went wrong beside the ramps. */
  readonly trouble: string | undefined;
}

export interface RampControllerOptions {
  readonly store: ControlStore;
  readonly dial: TrafficDial;
  readonly readings: RouteReadings;
  readonly clock: Clock;
  readonly routes: readonly string[];
  /** Optional: defaults to the proxies'. */
  readonly scope?: DialKind;
  /** Required. How the histories call it. */
  readonly by: string;
}

/**
 * Carries ramps out: reads what is wanted, what happened, the dial and the readings, decides (`decideRamp`), writes
 * the decision down, and turns the dial. An advance is written down before the dial is turned, both at the
 * revisions that were read, so that whoever acts on what is no longer so is refused; a rollback turns the dial
 * first, whatever its revision.
 */
export class RampController {
  readonly #options: RampControllerOptions;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RampControllerOptions) {
    this.#options = options;
  }

  /**
   * One look at every ramp that is under way. `leads` is asked again before each advance.
   * @throws what the control store throws while it is away: nothing was decided then.
   */
  async tick(leads: () => boolean): Promise<RampLook> {
    const { store, routes, readings, clock } = this.#options;
    const stored = await Promise.all(
      routes.map(async (route) => ({ route, ramp: await store.get<Ramp>(rampKey(this.#scope, route)) })),
    );
    const live = stored.flatMap(({ route, ramp }) =>
      ramp && !isOver(ramp.value.happened) ? [{ route, ramp }] : [],
    );
    if (live.length === 0 && clock.nowMs() - this.#lookedAtMs < IDLE_LOOK_MS)
      return { ramps: [], trouble: undefined };
    await readings.refresh();
    this.#lookedAtMs = clock.nowMs();
    const ramps = await Promise.all(live.map(({ route, ramp }) => this.#tickRoute(route, ramp, leads)));
    const trouble = await readings.retireGone().then(() => undefined, messageOf);
    return { ramps, trouble };
  }

  async #tickRoute(
    route: string,
    { value: ramp, revision }: Revisioned<Ramp>,
    leads: () => boolean,
  ): Promise<RampTicked> {
    const { dial, readings, clock, by } = this.#options;
    try {
      const reading = await dial.read(route);
      const counted = await readings.read(route, reading.setAtMs);
      const view = { nowMs: clock.nowMs(), dial: reading, reading: counted, by };
      const move = decideRamp(ramp, view);
      const trouble =
        move.turn?.expectedRevision === 'any'
          ? await this.#turnBack(route, ramp, revision, move)
          : await this.#goOn(route, ramp, revision, move, leads);
      return { route, happened: move.happened, events: trouble.told, trouble: trouble.message };
    } catch (thrown) {
      return { route, happened: ramp.happened, events: [], trouble: messageOf(thrown) };
    }
  }

  /** The dial first, then the ramp: what cannot be written down now, the next look reads off the dial. */
  async #turnBack(route: string, ramp: Ramp, revision: number, move: RampMove): Promise<Told> {
    const turned = await this.#turn(route, move);
    const saved = await this.#save(route, ramp, revision, move.happened);
    // The look that sees it written down tells it.
    if (!saved) return { told: [], message: turned };
    return this.#tell(route, move.events, turned);
  }

  async #goOn(
    route: string,
    ramp: Ramp,
    revision: number,
    move: RampMove,
    leads: () => boolean,
  ): Promise<Told> {
    const saved = this.#isNews(ramp.happened, move.happened)
      ? await this.#save(route, ramp, revision, move.happened)
      : true;
    if (!saved) return { told: [], message: undefined };
    const turned = move.turn && leads() ? await this.#turn(route, move) : undefined;
    return this.#tell(route, move.events, turned);
  }

  /** Answers what went wrong after the dial was turned. @throws what kept it from being turned. */
  async #turn(route: string, { turn }: RampMove): Promise<string | undefined> {
    if (!turn) return undefined;
    try {
      await this.#options.dial.set(route, { ...turn, by: this.#options.by });
      return undefined;
    } catch (thrown) {
      // Somebody else turned it: the next look finds out who, and to what.
      if (thrown instanceof RevisionConflictError) return undefined;
      if (thrown instanceof BanyanError && thrown.code === 'history-missing') return thrown.message;
      throw thrown;
    }
  }

  get #scope(): DialKind {
    return this.#options.scope ?? 'proxy';
  }

  async #save(route: string, { wanted }: Ramp, revision: number, happened: RampHappened): Promise<boolean> {
    const { store, by, clock } = this.#options;
    const ramp: Ramp = { wanted, happened: { ...happened, savedBy: by, savedAtMs: clock.nowMs() } };
    try {
      await store.put(rampKey(this.#scope, route), ramp, revision);
      return true;
    } catch (thrown) {
      // An order came in between, or another controller was quicker: the next look sees it.
      if (thrown instanceof RevisionConflictError) return false;
      throw thrown;
    }
  }

  #isNews(before: RampHappened, now: RampHappened): boolean {
    const { clock } = this.#options;
    if (Math.abs(clock.nowMs() - (before.savedAtMs ?? 0)) >= SAVE_EVERY_MS) return true;
    return essence(before) !== essence(now);
  }

  async #tell(route: string, events: readonly RampEvent[], turned: string | undefined): Promise<Told> {
    const { store } = this.#options;
    let message = turned;
    for (const event of events) {
      // Every turn of the dial is in the dial's own history.
      if (event.event === 'advanced') continue;
      message = await store.append(rampKey(this.#scope, route), event).then(
        () => message,
        (thrown: unknown) => `the ramp's history could not be written: ${messageOf(thrown)}`,
      );
    }
    return { told: events, message };
  }
}

interface Told {
  readonly told: readonly RampEvent[];
  readonly message: string | undefined;
}

/** What may not wait to be written down: all but the numbers. */
const essence = ({ decision, step, savedAtMs: _at, savedBy: _by, ...rest }: RampHappened): string =>
  JSON.stringify([
    rest,
    step && { ...step, bakedMs: null, lookedAtMs: null },
    decision?.action,
    decision?.cause,
  ]);
