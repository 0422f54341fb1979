import type { DialReading, PastChange } from '../../proxy/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { type DialKind, dialOf, dialOfRoute, routeNames } from './canary-dial.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** `canary get [ROUTE]`: the weights as the control store has them. */
export const getCanary = async (
  context: CommandContext,
  kind: DialKind,
  route: string | undefined,
): Promise<ExitCode> => {
  const routes = route === undefined ? await routeNames(context, kind) : [route];
  const dial = await (route === undefined ? dialOf(context, kind) : dialOfRoute(context, kind, route));
  for (const name of routes) {
    const reading = await dial.read(name);
    context.output.result(
      { route: name, ...reading, setAtMs: reading.setAtMs ?? null },
      lineOf(name, reading),
    );
  }
  if (routes.length === 0) context.output.line('the configuration names no route');
  return EXIT_CODES.ok;
};

/** `canary history ROUTE`: newest first. */
export const showHistory = async (
  context: CommandContext,
  { kind, route, limit }: { kind: DialKind; route: string; limit: string },
): Promise<ExitCode> => {
  const dial = await dialOfRoute(context, kind, route);
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new UsageError(`--limit ${limit} is not a number above 0`);
  const changes = await dial.history(route, Number(limit));
  for (const change of changes) context.output.result({ route, ...change }, changeLine(change));
  if (changes.length === 0) context.output.line(`nobody has turned the dial of ${route}`);
  return EXIT_CODES.ok;
};

const lineOf = (route: string, { weightPercent, setAtMs, by, why }: DialReading): string => {
  const weight = `${route.padEnd(20)} ${percent(weightPercent)}`;
  if (setAtMs === undefined) return `${weight}  never set`;
  return `${weight}  since ${new Date(setAtMs).toISOString()} by ${by}${because(why)}`;
};

const changeLine = ({ atMs, fromPercent, toPercent, by, why }: PastChange): string =>
  `${new Date(atMs).toISOString()}  ${percent(fromPercent)} → ${percent(toPercent)}  ${by}${because(why)}`;

const percent = (weightPercent: number): string => `${weightPercent} %`.padStart(8);
const because = (why: string): string => (why === '' ? '' : `: ${why}`);
