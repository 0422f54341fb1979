import {
  type DialReading,
  ProxyDial,
  quantileMs,
  type Ramp,
  Ramps,
  type Readings,
  ReportedReadings,
  type RouteReading,
  type RouteTotals,
  readingsBetween,
} from '../../proxy/index.ts';
import { unwatchedForMs } from '../../proxy/ramp/unwatched.ts';
import { messageOf, pause } from '../../services/core/index.ts';
import { routeOf } from './canary-dial.ts';
import { rampLines, unwatchedLine } from './canary-ramp.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import { liveScreen } from './live-screen.ts';

const LOOK_EVERY_MS = 1_000;
/** Rates and percentiles are of so long: a second has too few requests. */
const WINDOW_MS = 30_000;

/** What is seen of a route at one moment. */
interface Sight {
  readonly atMs: number;
  readonly route: string;
  readonly dial: DialReading;
  readonly reading: RouteReading;
  readonly ramp: Ramp | undefined;
  /** What both sides did in the window before; `undefined` until there were two looks. */
  readonly window: { readonly ms: number; readonly readings: Readings } | undefined;
}

/** `canary watch [ROUTE]`: weights, shares, errors and latency of both sides, and the ramp's step; until Ctrl-C. */
export const watchCanary = async (
  context: CommandContext,
  options: { route: string | undefined; once: boolean },
): Promise<ExitCode> => {
  const { clock, interrupted, output } = context;
  if (options.route !== undefined) await routeOf(context, options.route);
  const all = Object.keys(partOf(await context.config(), 'proxy').routes);
  const routes = options.route === undefined ? all : [options.route];
  const look = looker({ store: await context.controlStore(), clock, routes });
  const screen = liveScreen({ output, clock });
  try {
    while (!interrupted.aborted) {
      try {
        const sights = await look();
        screen.show(sights.map((sight) => ({ value: eventOf(sight), lines: linesOf(sight) })));
      } catch (thrown) {
        if (options.once) throw thrown;
        output.warn(`the control store is away: ${messageOf(thrown)}`);
      }
      if (options.once) break;
      await pause(clock, LOOK_EVERY_MS, interrupted);
    }
  } finally {
    screen.end();
  }
  return EXIT_CODES.ok;
};

type Parts = { store: Awaited<ReturnType<CommandContext['controlStore']>>; clock: CommandContext['clock'] };

const looker = ({ store, clock, routes }: Parts & { routes: readonly string[] }) => {
  const parts = { store, clock };
  const [dial, ramps, readings] = [new ProxyDial(parts), new Ramps(parts), new ReportedReadings(parts)];
  const past = new Map<string, { atMs: number; totals: RouteTotals }[]>();
  const windowOf = (route: string, atMs: number, totals: RouteTotals | undefined): Sight['window'] => {
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
        return { atMs, route, dial: dialled, reading, ramp, window: windowOf(route, atMs, reading.totals) };
      }),
    );
  };
};

const SIDES = ['control', 'candidate'] as const;

const eventOf = ({ atMs, route, dial, reading, ramp, window }: Sight) => ({
  event: 'watch',
  atMs,
  route,
  weightPercent: dial.weightPercent,
  instances: reading.instances.length,
  behind: reading.behind,
  silent: reading.silent,
  windowMs: window?.ms ?? null,
  ...Object.fromEntries(SIDES.map((side) => [side, window ? sideValue(window, side) : null])),
  shadow: window?.readings.shadow ?? null,
  ramp: ramp ? { phase: ramp.happened.phase, step: ramp.happened.step?.weightPercent ?? null } : null,
  decision: ramp?.happened.decision ?? null,
});

const sideValue = ({ ms, readings }: NonNullable<Sight['window']>, side: (typeof SIDES)[number]) => {
  const { requests, failures, withinBounds } = readings[side];
  const both = readings.control.requests + readings.candidate.requests;
  return {
    requestsPerSecond: (requests * 1_000) / ms,
    sharePercent: both === 0 ? null : (requests * 100) / both,
    failurePercent: requests === 0 ? null : (failures * 100) / requests,
    p50Ms: quantileMs(withinBounds, 0.5) ?? null,
    p99Ms: quantileMs(withinBounds, 0.99) ?? null,
  };
};

const linesOf = (sight: Sight): string[] => {
  const { route, dial, reading, ramp, window, atMs } = sight;
  const { instances, behind, silent } = reading;
  const following = behind.length > 0 ? `, ${behind.length} not there yet` : '';
  const missing = silent.length > 0 ? `, ${silent.length} silent` : '';
  const unwatchedMs = ramp && unwatchedForMs(ramp, atMs);
  return [
    `${route}  ${dial.weightPercent} % on ${instances.length} instances${following}${missing}`,
    ...SIDES.map((side) => sideLine(side, window)),
    ...(ramp ? rampLines(route, ramp).map((line) => `  ${line}`) : []),
    ...(unwatchedMs === undefined ? [] : [`  ${unwatchedLine(unwatchedMs)}`]),
  ];
};

const sideLine = (side: (typeof SIDES)[number], window: Sight['window']): string => {
  const name = `  ${side.padEnd(10)}`;
  if (!window) return `${name} –`;
  const { requestsPerSecond, sharePercent, failurePercent, p50Ms, p99Ms } = sideValue(window, side);
  const percent = (value: number | null, digits: number) =>
    value === null ? '–' : `${value.toFixed(digits)} %`;
  const ms = (value: number | null) => (value === null ? '–' : `≤ ${value} ms`);
  return `${name} ${formatNumber(Math.round(requestsPerSecond)).padStart(7)}/s  share ${percent(sharePercent, 2).padStart(8)}  failed ${percent(failurePercent, 2).padStart(8)}  p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}`;
};
