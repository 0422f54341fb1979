import { keyOf } from '../../proxy/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { pinBoardOf, routeOf } from './canary-dial.ts';
import { pinLine } from './canary-show.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { operator } from './operator.ts';
import { parseDuration } from './parse-duration.ts';

const MAX_PIN_MS = 365 * 86_400_000;

/** Whom a pin is about, as an operator names him. */
interface NamedUser {
  readonly route: string;
  /** What a key source of the route says of him, or what his cookie carries. */
  readonly key: string;
  /** Whether it is a token or a session cookie: then only its hash is kept. */
  readonly credentials: boolean;
  readonly why: string;
}

/** `canary pin ROUTE KEY --side SIDE`: puts one user on a side, at every instance within two seconds. */
export const pinUser = async (
  context: CommandContext,
  options: NamedUser & { readonly side: string; readonly for?: string | undefined },
): Promise<ExitCode> => {
  const { route, why } = options;
  await routeOf(context, route);
  const side = parseSide(options.side);
  const key = keyOfUser(options);
  const forMs = options.for === undefined ? undefined : parseDuration(options.for, MAX_PIN_MS);
  const until = forMs === undefined ? {} : { untilMs: context.clock.nowMs() + forMs };
  const pin = { route, key, side, ...until, by: operator(), why };
  await (await pinBoardOf(context)).pin(pin);
  context.output.result(pin, `${route}: ${pinLine({ ...pin, atMs: context.clock.nowMs() })}`);
  return EXIT_CODES.ok;
};

/** `canary unpin ROUTE KEY`: leaves one user to the weight again. */
export const unpinUser = async (context: CommandContext, options: NamedUser): Promise<ExitCode> => {
  const { route, why } = options;
  await routeOf(context, route);
  const key = keyOfUser(options);
  const had = await (await pinBoardOf(context)).unpin({ route, key, by: operator(), why });
  if (!had) throw new UsageError(`${key} is not pinned on ${route}: see banyan canary get ${route}`);
  context.output.result(
    { route, key, side: had.side, unpinned: true },
    `${route}: ${key} is left to the weight again`,
  );
  return EXIT_CODES.ok;
};

/** @throws UsageError */
export const parseSide = (text: string): 'control' | 'candidate' => {
  if (text === 'control' || text === 'candidate') return text;
  throw new UsageError(`"${text}" is not a side: give control or candidate`);
};

const keyOfUser = ({ key, credentials }: NamedUser): string => {
  if (key.trim() === '') throw new UsageError('the key is empty');
  return keyOf(key.trim(), credentials);
};
