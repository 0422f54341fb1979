import type { Clock } from '../../services/core/index.ts';
import type { Canary } from '../canary.ts';
import type { RouteTotals } from '../metrics/readings.ts';
import type { ShadowReport } from '../shadow/shadow-record.ts';

/** A dial's weight as an instance serves it. */
export interface ShownWeight {
  readonly weightPercent: number;
  readonly setAtMs: number | null;
  /** Since the control store last confirmed it; `null` before the first time. */
  readonly ageMs: number | null;
}

/** What a proxy shows of itself besides its metrics. */
export interface AdminState {
  /** Why the control store does not answer; `null` when it does. */
  readonly storeAway: string | null;
  readonly weights: { readonly [dial: string]: ShownWeight };
  readonly readings: { readonly [dial: string]: RouteTotals };
  readonly shadow: { readonly [route: string]: ShadowReport };
}

/** Where the admin listener reads what it shows: one proxy, or several that look like one. */
export interface AdminSource {
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
  state(): Promise<AdminState>;
}

export const adminStateOf = async (canary: Canary, clock: Clock): Promise<AdminState> => {
  const nowMs = clock.nowMs();
  const weightOf = (dial: string): ShownWeight => {
    const { weightPercent, setAtMs = null, confirmedAtMs } = canary.weights.inForce(dial);
    return { weightPercent, setAtMs, ageMs: confirmedAtMs === undefined ? null : nowMs - confirmedAtMs };
  };
  return {
    storeAway: canary.storeAwayBecause ?? null,
    weights: Object.fromEntries(canary.dials.map((dial) => [dial, weightOf(dial)])),
    readings: await canary.metrics.totals(canary.dials),
    shadow: Object.fromEntries(
      canary.routes.flatMap((route) => {
        const report = canary.mirror.report(route);
        return report ? [[route, report]] : [];
      }),
    ),
  };
};

/** One proxy as the source of what is shown. */
export const adminSourceOf = (canary: Canary, clock: Clock): AdminSource => ({
  metrics: () => canary.metrics.registry.metrics(),
  state: () => adminStateOf(canary, clock),
});
