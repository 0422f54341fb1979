import { parseWeightPercent } from '../../proxy/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { askConsent } from './ask.ts';
import { type DialKind, dialOfRoute } from './canary-dial.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { operator } from './operator.ts';

/** `canary set` and `canary rollback`: turns a route's dial, once the operator has agreed to what changes. */
export const setCanary = async (
  context: CommandContext,
  options: {
    kind: DialKind;
    route: string;
    percent: string;
    why: string;
    yes: boolean;
    /** Whether it goes through even if somebody else turns the dial at the same moment. */
    mayOverwrite: boolean;
  },
): Promise<ExitCode> => {
  const { kind, route, why } = options;
  const dial = await dialOfRoute(context, kind, route);
  const weightPercent = parseWeightPercent(options.percent);
  const before = await dial.read(route);
  const answer = { route, fromPercent: before.weightPercent, toPercent: weightPercent };
  if (before.setAtMs !== undefined && before.weightPercent === weightPercent && !options.mayOverwrite) {
    context.output.result({ ...answer, changed: false }, `${route} is at ${weightPercent} % already`);
    return EXIT_CODES.ok;
  }
  const change = `${route}: ${before.weightPercent} % → ${weightPercent} %`;
  if (!options.yes && !(await agreed(context, change))) {
    context.output.result({ ...answer, changed: false }, 'nothing was changed');
    return EXIT_CODES.failed;
  }
  const expectedRevision = options.mayOverwrite ? 'any' : before.revision;
  const after = await dial.set(route, { weightPercent, by: operator(), why, expectedRevision });
  context.output.result(
    { ...answer, changed: true, by: after.by, why, revision: after.revision },
    `${change} (by ${after.by})`,
  );
  return EXIT_CODES.ok;
};

const agreed = async (context: CommandContext, change: string): Promise<boolean> => {
  if (!context.output.interactive || process.stdin.isTTY !== true)
    throw new UsageError(`${change} needs somebody's consent, and nobody can be asked here: add --yes`);
  const { stdin: input, stdout: output } = process;
  return askConsent(`${change}. Turn the dial?`, { input, output, signal: context.interrupted });
};
