import { type DialKind, type DialReading, parseWeightPercent } from '../../proxy/index.ts';
import { agreed } from './agreed.ts';
import { dialNameOf, dialOfRoute, routeOf } from './canary-dial.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { operator } from './operator.ts';

interface SetOptions {
  readonly kind: DialKind;
  readonly route: string;
  readonly cohort?: string | undefined;
  readonly percent: string;
  readonly why: string;
  readonly yes: boolean;
  /** Whether it goes through even if somebody else turns the dial at the same moment. */
  readonly mayOverwrite: boolean;
}

/** `canary set` and `canary rollback`: turns a dial, once the operator has agreed to what changes. */
export const setCanary = async (context: CommandContext, options: SetOptions): Promise<ExitCode> => {
  const { kind, route, cohort, why } = options;
  const dial = await dialOfRoute(context, kind, route);
  const name = await dialNameOf(context, options);
  const weightPercent = parseWeightPercent(options.percent);
  const before = await dial.read(name);
  const answer = {
    route,
    ...(cohort === undefined ? {} : { cohort }),
    fromPercent: before.weightPercent,
    toPercent: weightPercent,
  };
  if (isThere(before, weightPercent) && !options.mayOverwrite) {
    context.output.result({ ...answer, changed: false }, `${name} is at ${weightPercent} % already`);
    return EXIT_CODES.ok;
  }
  const change = `${name}: ${stateOf(before, cohort)} → ${weightPercent} %`;
  const lifts = kind === 'proxy' && before.rolledBack && !options.mayOverwrite;
  const comesBack = lifts ? await comingBack(context, route) : '';
  if (!options.yes && !(await agreed(context, change + comesBack, 'Turn the dial?'))) {
    context.output.result({ ...answer, changed: false }, 'nothing was changed');
    return EXIT_CODES.failed;
  }
  const expectedRevision = options.mayOverwrite ? 'any' : before.revision;
  const after = await dial.set(name, { weightPercent, by: operator(), why, expectedRevision });
  context.output.result(
    { ...answer, changed: true, by: after.by, why, revision: after.revision },
    `${change} (by ${after.by})${comesBack}`,
  );
  if (cohort !== undefined && (await dial.read(route)).rolledBack)
    context.output.warn(`${route} is rolled back: its cohorts follow once its own dial is set`);
  return EXIT_CODES.ok;
};

const isThere = ({ setAtMs, weightPercent, rolledBack }: DialReading, wanted: number): boolean =>
  setAtMs !== undefined && weightPercent === wanted && !rolledBack;

const stateOf = ({ setAtMs, weightPercent, rolledBack }: DialReading, cohort: string | undefined): string => {
  if (cohort !== undefined && setAtMs === undefined) return 'as the route';
  return rolledBack ? `${weightPercent} % (rolled back)` : `${weightPercent} %`;
};

/** What a rollback held back beside the weight. */
const comingBack = async (context: CommandContext, route: string): Promise<string> => {
  const { cohorts, allow } = await routeOf(context, route);
  const what = [
    ...(Object.keys(cohorts).length > 0 ? ['the weights of its cohorts'] : []),
    ...(allow.length > 0 ? ['the users it allows'] : []),
  ];
  return what.length > 0 ? `; ${what.join(' and ')} come back with it` : '';
};
