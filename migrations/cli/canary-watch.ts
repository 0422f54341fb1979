import {
  type DialKind,
  type DialReading,
  quantileMs,
  type Ramp,
  type Readings,
  type RouteReading,
  type RouteTotals,
  readingsBetween,
} from '../../proxy/index.ts';
import { unwatchedForMs } from '../../proxy/ramp/unwatched.ts';
import { messageOf, pause } from '../../services/core/index.ts';
import { dialOf, dialOfRoute, routeNames } from './canary-dial.ts';
import { rampLines, rampsOf, unwatchedLine } from './canary-ramp.ts';
import { readingsOf } from './canary-readings.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import { liveScreen } from './live-screen.ts';

const LOOK_EVERY_MS = 1_000;
/** Rates and percentiles are of so long: a second has too few requests. */
const WINDOW_MS = 30_000;

/** What both sides did lately. */
interface Lately {
  /** In how long; `null`: since the dial was set, as a load balancer's metrics have it. */
  readonly ms: number | null;
  readonly readings: Readings;
}

/** What is seen of a route at one moment. */
interface Sight {
  readonly atMs: number;
  readonly kind: DialKind;
  readonly route: string;
  readonly dial: DialReading;
  readonly reading: RouteReading;
  readonly ramp: Ramp | undefined;
  /** `undefined` until it is known. */
  readonly lately: Lately | undefined;
}

/** `canary watch [ROUTE]`: weights, shares, errors and latency of both sides, and the ramp's step; until Ctrl-C. */
export const watchCanary = async (
  context: CommandContext,
  options: { kind: DialKind; route: string | undefined; once: boolean },
): Promise<ExitCode> => {
  const { clock, interrupted, output } = context;
  const { kind, route } = options;
  if (route !== undefined) await dialOfRoute(context, kind, route);
  const routes = route === undefined ? await routeNames(context, kind) : [route];
  const look = await looker(context, kind, routes);
  const screen = liveScreen({ output, clock });
  try {
    while (!interrupted.aborted) {
      try {
        const sights = await look();
        screen.show(sights.map((sight) => ({ value: eventOf(sight), lines: linesOf(sight) })));
      } catch (thrown) {
        if (options.once) throw thrown;
        output.warn(`it cannot be looked at: ${messageOf(thrown)}`);
      }
      if (options.once) break;
      await pause(clock, LOOK_EVERY_MS, interrupted);
    }
  } finally {
    screen.end();
  }
  return EXIT_CODES.ok;
};

const looker = async (context: CommandContext, kind: DialKind, routes: readonly string[]) => {
  const { clock } = context;
  const dial = await dialOf(context, kind);
  const [ramps, readings] = [await rampsOf(context, kind), await readingsOf(context, kind, dial)];
  const past = new Map<string, { atMs: number; totals: RouteTotals }[]>();
  const latelyOf = (route: string, atMs: number, { step, totals }: RouteReading): Sight['lately'] => {
    if (step) return { ms: null, readings: step };
    if (!totals) return undefined;
    const looks = [...(past.get(route) ?? []), { atMs, totals }].filter(
      (one) => one.atMs >= atMs - WINDOW_MS,
    );
    past.set(route, looks);
    const [first] = looks;
    if (!first || first.atMs === atMs) return undefined;
    return { ms: atMs - first.atMs, readings: readingsBetween(first.totals, totals) };
  };
  return async (): Promise<Sight[]> => {
    await readings.refresh();
    return Promise.all(
      routes.map(async (route) => {
        const [dialled, ramp] = await Promise.all([dial.read(route), ramps.read(route)]);
        const reading = await readings.read(route, dialled.setAtMs);
        const atMs = clock.nowMs();
        const lately = latelyOf(route, atMs, reading);
        return { atMs, kind, route, dial: dialled, reading, ramp, lately };
      }),
    );
  };
};

const SIDES = ['control', 'candidate'] as const;

const eventOf = ({ atMs, kind, route, dial, reading, ramp, lately }: Sight) => ({
  event: 'watch',
  atMs,
  dial: kind,
  route,
  weightPercent: dial.weightPercent,
  instances: reading.instances.length,
  behind: reading.behind,
  silent: reading.silent,
  windowMs: lately?.ms ?? null,
  ...Object.fromEntries(SIDES.map((side) => [side, lately ? sideValue(lately, side) : null])),
  shadow: lately?.readings.shadow ?? null,
  ramp: ramp ? { phase: ramp.happened.phase, step: ramp.happened.step?.weightPercent ?? null } : null,
  decision: ramp?.happened.decision ?? null,
});

const sideValue = ({ ms, readings }: Lately, side: (typeof SIDES)[number]) => {
  const { requests, failures, withinBounds } = readings[side];
  const both = readings.control.requests + readings.candidate.requests;
  return {
    requests,
    requestsPerSecond: ms === null ? null : (requests * 1_000) / ms,
    sharePercent: both === 0 ? null : (requests * 100) / both,
    failurePercent: requests === 0 ? null : (failures * 100) / requests,
    p50Ms: quantileMs(withinBounds, 0.5) ?? null,
    p99Ms: quantileMs(withinBounds, 0.99) ?? null,
  };
};

const linesOf = (sight: Sight): string[] => {
  const { kind, route, dial, reading, ramp, lately, atMs } = sight;
  const unwatchedMs = ramp && unwatchedForMs(ramp, atMs);
  return [
    `${route}  ${dial.weightPercent} % ${kind === 'proxy' ? instancesText(reading) : COUNTED_BY_RULE}`,
    ...SIDES.map((side) => sideLine(side, lately)),
    ...(ramp ? rampLines(route, ramp).map((line) => `  ${line}`) : []),
    ...(unwatchedMs === undefined ? [] : [`  ${unwatchedLine(kind, unwatchedMs)}`]),
  ];
};

const COUNTED_BY_RULE =
  'by the listener rule; since the dial was set, in whole minutes, as CloudWatch knows two minutes later:';

const instancesText = ({ instances, behind, silent }: RouteReading): string => {
  const following = behind.length > 0 ? `, ${behind.length} not there yet` : '';
  const missing = silent.length > 0 ? `, ${silent.length} silent` : '';
  const all = instances.length === 1 ? '1 instance' : `${instances.length} instances`;
  return `on ${all}${following}${missing}`;
};

const sideLine = (side: (typeof SIDES)[number], lately: Sight['lately']): string => {
  const name = `  ${side.padEnd(10)}`;
  if (!lately) return `${name} –`;
  const { requests, requestsPerSecond, sharePercent, failurePercent, p50Ms, p99Ms } = sideValue(lately, side);
  const many =
    requestsPerSecond === null
      ? `${formatNumber(requests).padStart(9)} requests`
      : `${formatNumber(Math.round(requestsPerSecond)).padStart(7)}/s`;
  const percent = (value: number | null, digits: number) =>
    value === null ? '–' : `${value.toFixed(digits)} %`;
  const ms = (value: number | null) => (value === null ? '–' : `≤ ${value} ms`);
  return `${name} ${many}  share ${percent(sharePercent, 2).padStart(8)}  failed ${percent(failurePercent, 2).padStart(8)}  p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}`;
};
