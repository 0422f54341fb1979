import { steadyMs } from '../../services/core/clock.ts';
import type { Clock } from '../../services/core/index.ts';
import {
  type ControlStore,
  RevisionConflictError,
  type Revisioned,
} from '../../services/store/control-store.ts';
import { Stillness } from '../../services/store/stillness.ts';
import type { RouteTotals } from '../metrics/readings.ts';
import type { RouteReading, RouteReadings } from '../ramp/route-readings.ts';
import { unpackTotals } from './packed-totals.ts';
import { HEARTBEAT_MS } from './readings-publisher.ts';
import { type Report, type Roster, readReports, retire } from './reports.ts';
import { sumOfTotals } from './sum-of-totals.ts';

/** An instance that has been silent for so long is missed: nothing is taken for proven without it. */
export const SILENT_MS = 2 * HEARTBEAT_MS;
/** And after so long it is given up: what it counted stays counted, and the others go on. */
export const GONE_MS = 60_000;

interface Instance {
  readonly name: string;
  readonly report: Revisioned<Report> | undefined;
  /** For how long nothing came, as far as this process has looked. */
  readonly silentMs: number;
}

/**
 * The counters of all instances, as they report them to the control store, summed by route. A sum never goes back:
 * an instance that ended or died stays in it, one that began anew adds to it.
 */
export class ReportedReadings implements RouteReadings {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #stillness = new Map<string, Stillness>();
  #roster: Roster = { instances: [], retired: {} };
  #instances: readonly Instance[] = [];

  constructor(options: { store: ControlStore; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Reads every instance's report once; what `read` answers is of that moment. @throws what the store throws. */
  async refresh(): Promise<void> {
    const { roster, reports } = await readReports(this.#store);
    this.#roster = roster;
    this.#instances = roster.instances.map((name) => this.#look(name, reports.get(name)));
    for (const name of this.#stillness.keys())
      if (!roster.instances.includes(name)) this.#stillness.delete(name);
  }

  async read(route: string, setAtMs: number | undefined): Promise<RouteReading> {
    const { retired } = this.#roster;
    const gone = retired[route];
    const serving = this.#instances.filter(
      ({ report }) => !report || Object.hasOwn(report.value.routes, route),
    );
    let totals: RouteTotals | undefined = gone && unpackTotals(gone);
    for (const { report } of serving) {
      const counted = report?.value.routes[route]?.totals;
      totals = sumOfTotals(totals, counted && unpackTotals(counted));
    }
    const running = serving.filter(({ report }) => report?.value.state === 'running');
    const heard = running.filter(({ silentMs }) => silentMs < SILENT_MS);
    const behind = heard.filter(({ report }) => report?.value.routes[route]?.setAtMs !== (setAtMs ?? null));
    return {
      totals,
      instances: heard.map(({ name }) => name),
      behind: behind.map(({ name }) => name),
      silent: running.filter((one) => !heard.includes(one)).map(({ name, silentMs }) => ({ name, silentMs })),
    };
  }

  /** Gives up who ended, or has been silent for too long; whoever leads does so now and then. */
  async retireGone(): Promise<readonly string[]> {
    const retired: string[] = [];
    for (const { name, report, silentMs } of this.#instances) {
      if (!report || (report.value.state === 'running' && silentMs < GONE_MS)) continue;
      try {
        await retire(this.#store, name, report);
        retired.push(name);
      } catch (thrown) {
        // It reported this very moment.
        if (!(thrown instanceof RevisionConflictError)) throw thrown;
      }
    }
    return retired;
  }

  #look(name: string, report: Revisioned<Report> | undefined): Instance {
    const stillness = this.#stillness.get(name) ?? new Stillness({ maxGapMs: HEARTBEAT_MS });
    this.#stillness.set(name, stillness);
    return { name, report, silentMs: stillness.look(report?.revision ?? 0, steadyMs(this.#clock)) };
  }
}
