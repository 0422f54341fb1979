import { keyOf, parseWeightPercent, previewWeight, type WeightPreview } from '../../proxy/index.ts';
import { dialNameOf, dialOf, pinBoardOf, routeOf } from './canary-dial.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';

interface PreviewOptions {
  readonly route: string;
  /** Whose dial is turned, and to which the keys belong; the route's, and whoever has no cohort, by default. */
  readonly cohort?: string | undefined;
  readonly to: string;
  readonly credentials: boolean;
  /** Lines with a key each; `undefined` on a terminal, where nobody types them. */
  readonly lines: AsyncIterable<string> | undefined;
}

/** `canary preview ROUTE --to PERCENT`: how many would move, and which of the given keys. */
export const previewCanary = async (context: CommandContext, options: PreviewOptions): Promise<ExitCode> => {
  const { route } = options;
  const { salt = route } = await routeOf(context, route);
  const name = await dialNameOf(context, options);
  const toPercent = parseWeightPercent(options.to);
  const { fromPercent, rolledBack } = await standing(context, route, name);
  const given = await keysOf(options);
  const held = await heldUsers(context, route);
  const preview = previewWeight({ salt, fromPercent, toPercent, keys: given.keys(), held, rolledBack });
  const asGiven = (keys: readonly string[]) => keys.map((key) => given.get(key) ?? key);
  const toCandidate = asGiven(preview.toCandidate);
  const toControl = asGiven(preview.toControl);
  const shown = { ...preview, toCandidate, toControl };
  const value = {
    route,
    ...(options.cohort === undefined ? {} : { cohort: options.cohort }),
    ...{ fromPercent, toPercent, movingPercent: movingOf(fromPercent, toPercent) },
    ...shown,
  };
  const share = shareText(name, fromPercent, toPercent);
  context.output.result(
    value,
    given.size === 0 ? share : `${share}\n${textOf(shown, fromPercent, toPercent)}`,
  );
  if (options.lines && given.size === 0)
    context.output.warn('there was no key on stdin: this says how many move, and not who');
  return EXIT_CODES.ok;
};

/** What the users of a dial go by now: a cohort without a weight of its own goes by the route's. */
const standing = async (
  context: CommandContext,
  route: string,
  name: string,
): Promise<{ fromPercent: number; rolledBack: boolean }> => {
  const dial = await dialOf(context, 'proxy');
  const [ofRoute, own] = await Promise.all([dial.read(route), dial.read(name)]);
  const rolledBack = ofRoute.rolledBack ?? false;
  const governing = rolledBack || own.setAtMs === undefined ? ofRoute : own;
  return { fromPercent: governing.weightPercent, rolledBack };
};

/** Sticky keys as the proxy makes them, with what was given. */
const keysOf = async ({ lines, credentials }: PreviewOptions): Promise<Map<string, string>> => {
  const given = new Map<string, string>();
  for await (const line of lines ?? []) {
    const value = line.trim();
    if (value) given.set(keyOf(value, credentials), value);
  }
  return given;
};

const heldUsers = async (
  context: CommandContext,
  route: string,
): Promise<Map<string, 'control' | 'candidate'>> => {
  const { allow } = await routeOf(context, route);
  const pins = await (await pinBoardOf(context)).list(route);
  const held = new Map<string, 'control' | 'candidate'>();
  for (const key of allow) {
    held.set(keyOf(key, false), 'candidate');
    held.set(keyOf(key, true), 'candidate');
  }
  for (const { key, side } of pins) held.set(key, side);
  return held;
};

const movingOf = (fromPercent: number, toPercent: number): number =>
  Math.abs(Math.round(toPercent * 100) - Math.round(fromPercent * 100)) / 100;

const shareText = (name: string, fromPercent: number, toPercent: number): string => {
  const moving = movingOf(fromPercent, toPercent);
  const where = toPercent < fromPercent ? 'back to the control' : 'to the candidate';
  const change = `${name}: ${fromPercent} % → ${toPercent} %`;
  if (moving === 0) return `${change} moves nobody`;
  return `${change} moves ${moving} % of its users ${where}: ${formatNumber(moving * 100)} of every 10,000`;
};

const textOf = (preview: WeightPreview, fromPercent: number, toPercent: number): string => {
  const { keys, candidateBefore, candidateAfter, held, toCandidate, toControl } = preview;
  const share = (count: number) => `${count} of ${keys} keys (${((count * 100) / keys).toFixed(2)} %)`;
  return [
    `at ${fromPercent} % the candidate serves ${share(candidateBefore)}`,
    `at ${toPercent} % it would serve ${share(candidateAfter)}`,
    ...(held > 0 ? [`${held} of them are pinned or allowed: no weight moves them`] : []),
    ...toCandidate.map((key) => `→ candidate  ${key}`),
    ...toControl.map((key) => `→ control    ${key}`),
  ].join('\n');
};
