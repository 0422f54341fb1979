import {
  type DialKind,
  dialName,
  type PastChange,
  type PastPin,
  type PastRampEvent,
  type Pin,
  type RecordedDial,
} from '../../proxy/index.ts';
import { type DialState, unsetAsNull } from '../../proxy/ramp/traffic-dial.ts';
import { readRouteState } from '../../proxy/routing/route-state.ts';
import { UsageError } from '../../services/core/index.ts';
import { dialNameOf, dialOfRoute, pinBoardOf, routeNames, routeOf } from './canary-dial.ts';
import { rampsOf } from './canary-ramp.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** `canary get [ROUTE]`: weights, cohorts and pins as the control store has them. */
export const getCanary = async (
  context: CommandContext,
  kind: DialKind,
  route: string | undefined,
): Promise<ExitCode> => {
  const routes = route === undefined ? await routeNames(context, kind) : [route];
  for (const name of routes) {
    const dial = await dialOfRoute(context, kind, name);
    if (kind === 'proxy') await showRoute(context, dial, name);
    else {
      const state = unsetAsNull(await dial.read(name));
      context.output.result({ route: name, ...state }, lineOf(name, state));
    }
  }
  if (routes.length === 0) context.output.line('the configuration names no route');
  return EXIT_CODES.ok;
};

/** A route of the proxy, with whoever does not go by its weight. */
const showRoute = async (context: CommandContext, dial: RecordedDial, route: string): Promise<void> => {
  const config = await routeOf(context, route);
  const state = await readRouteState({ route, config, dial, pins: await pinBoardOf(context) });
  const { cohorts, allowed, pins } = state;
  const lines = [
    lineOf(route, state),
    ...cohorts.map((each) => `  ${cohortLine(dialName(route, each.cohort), each)}`),
    ...(allowed > 0 ? [`  ${allowed} allowed at any weight`] : []),
    ...pins.map((pin) => `  ${pinLine(pin)}`),
  ];
  context.output.result(state, lines.join('\n'));
};

/** `canary history ROUTE`: newest first; of the route's dial, of a cohort's, or of its pins. */
export const showHistory = async (
  context: CommandContext,
  options: { kind: DialKind; route: string; cohort?: string | undefined; pins?: boolean; limit: string },
): Promise<ExitCode> => {
  const { kind, route, limit } = options;
  const dial = await dialOfRoute(context, kind, route);
  const name = await dialNameOf(context, options);
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new UsageError(`--limit ${limit} is not a number above 0`);
  if (options.pins && kind !== 'proxy')
    throw new UsageError("a load balancer knows no pins: they are the proxy's");
  if (options.pins) return showPinHistory(context, route, Number(limit));
  const changes = await dial.history(name, Number(limit));
  const events = name === route ? await (await rampsOf(context, kind)).history(route, Number(limit)) : [];
  const past = [...changes, ...events].sort((a, b) => b.atMs - a.atMs).slice(0, Number(limit));
  for (const one of past) {
    const of = options.cohort === undefined ? { route } : { route, cohort: options.cohort };
    context.output.result({ ...of, ...one }, isRampEvent(one) ? eventLine(one) : changeLine(one));
  }
  if (past.length === 0) context.output.line(`nobody has turned the dial of ${name}`);
  return EXIT_CODES.ok;
};

const showPinHistory = async (context: CommandContext, route: string, limit: number): Promise<ExitCode> => {
  const changes = await (await pinBoardOf(context)).history(route, limit);
  for (const change of changes) context.output.result({ route, ...change }, pastPinLine(change));
  if (changes.length === 0) context.output.line(`nobody was ever pinned on ${route}`);
  return EXIT_CODES.ok;
};

const lineOf = (route: string, { weightPercent, setAtMs, rolledBack, by, why }: DialState): string => {
  const weight = `${route.padEnd(20)} ${percent(weightPercent)}`;
  if (setAtMs === null) return `${weight}  never set`;
  const how = rolledBack ? 'rolled back' : 'since';
  return `${weight}  ${how} ${timeOf(setAtMs)} by ${by}${because(why)}`;
};

const cohortLine = (name: string, reading: DialState): string =>
  reading.setAtMs === null ? `${name.padEnd(18)}  as the route` : lineOf(name, reading);

/** `u1 on the candidate until 2026-11-30T10:00:00.000Z by ann: checks the new page`. */
export const pinLine = ({ key, side, untilMs, by, why }: Pin): string =>
  `${key} pinned to the ${side}${untilMs === undefined ? '' : ` until ${timeOf(untilMs)}`} by ${by}${because(why)}`;

const pastPinLine = ({ atMs, change, key, side, untilMs, by, why }: PastPin): string => {
  const until = change === 'pinned' && untilMs !== undefined ? ` until ${timeOf(untilMs)}` : '';
  const where = change === 'pinned' ? 'to' : 'from';
  return `${timeOf(atMs)}  ${key} ${change} ${where} the ${side}${until}  ${by}${because(why)}`;
};

const changeLine = ({ atMs, fromPercent, toPercent, by, why }: PastChange): string =>
  `${timeOf(atMs)}  ${percent(fromPercent)} → ${percent(toPercent)}  ${by}${because(why)}`;

const isRampEvent = (one: PastChange | PastRampEvent): one is PastRampEvent => Object.hasOwn(one, 'event');

const eventLine = ({ atMs, event, toPercent, by, why }: PastRampEvent): string =>
  `${timeOf(atMs)}  ramp ${event} at ${toPercent} %  ${by}${because(why)}`;

const timeOf = (ms: number): string => new Date(ms).toISOString();

const percent = (weightPercent: number): string => `${weightPercent} %`.padStart(8);
const because = (why: string): string => (why === '' ? '' : `: ${why}`);
