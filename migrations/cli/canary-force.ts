import { forceTokens } from '../../proxy/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { routeOf } from './canary-dial.ts';
import { parseSide } from './canary-pin.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { parseDuration } from './parse-duration.ts';

const MAX_FORCE_MS = 30 * 86_400_000;

/** `canary force ROUTE --side SIDE`: makes what a tester needs to be on a side, whatever the weight is. */
export const forceSide = async (
  context: CommandContext,
  options: { route: string; side: string; for: string },
): Promise<ExitCode> => {
  const { route } = options;
  await routeOf(context, route);
  const side = parseSide(options.side);
  const forMs = parseDuration(options.for, MAX_FORCE_MS);
  const { secrets, cookie } = partOf(await context.config(), 'proxy');
  if (secrets.length === 0)
    throw new UsageError(
      'a tester carries what is signed: give the proxy secrets (32 characters or more, from the environment)',
    );
  const nowMs = context.clock.nowMs();
  const untilSeconds = Math.ceil((nowMs + forMs) / 1_000);
  const { link, setCookie } = forceTokens({ route, side, untilSeconds }, { secrets, cookie, nowMs });
  const [pair = ''] = setCookie.split(';');
  const until = new Date(untilSeconds * 1_000).toISOString();
  context.output.result(
    { route, side, untilMs: untilSeconds * 1_000, link, cookie: pair, setCookie },
    [
      `${route}: the ${side} for whoever has this, until ${until}`,
      `link    ${link}   (on the proxy's address: open it once in the browser that tests)`,
      `cookie  ${pair}   (for everything else: curl --cookie '…')`,
    ].join('\n'),
  );
  return EXIT_CODES.ok;
};
