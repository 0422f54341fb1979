import { type DialKind, planOf, type Ramp, type RampPlan, type RampStep, Ramps } from '../../proxy/index.ts';
import { dialFlagOf } from '../../proxy/ramp/traffic-dial.ts';
import { unwatchedForMs } from '../../proxy/ramp/unwatched.ts';
import { formatDuration } from '../../services/core/format-duration.ts';
import { UsageError } from '../../services/core/index.ts';
import { agreed } from './agreed.ts';
import { dialOfRoute, dialPart } from './canary-dial.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { operator } from './operator.ts';

/** The ramps of the routes that a dial shares out. */
export const rampsOf = async (context: CommandContext, scope: DialKind): Promise<Ramps> =>
  new Ramps({ store: await context.controlStore(), clock: context.clock, scope });

/** `canary ramp start ROUTE`: from where the dial is, by the route's plan or a named one. */
export const startRamp = async (
  context: CommandContext,
  options: { kind: DialKind; route: string; plan: string | undefined; why: string; yes: boolean },
): Promise<ExitCode> => {
  const { kind, route, why } = options;
  const dial = await dialOfRoute(context, kind, route);
  const { plan, planName } = planOf(await dialPart(context, kind), route, options.plan);
  const { weightPercent } = await dial.read(route);
  const change = `${route}: from ${weightPercent} % by ${planName ?? 'its own plan'}, ${planText(plan)}`;
  if (!options.yes && !(await agreed(context, change, 'Start the ramp?'))) {
    context.output.result({ route, started: false }, 'nothing was changed');
    return EXIT_CODES.failed;
  }
  const ramp = await (await rampsOf(context, kind)).start(route, { plan, planName, by: operator(), why });
  context.output.result(
    { route, started: true, ramp: ramp.wanted.id, by: operator(), planName, plan },
    `${change} (by ${operator()}); see \`banyan canary watch ${route}${dialFlagOf(kind)}\``,
  );
  return EXIT_CODES.ok;
};

/** `canary ramp pause|resume|abort ROUTE`. */
export const orderRamp = async (
  context: CommandContext,
  options: { kind: DialKind; route: string; action: 'pause' | 'resume' | 'abort'; why: string },
): Promise<ExitCode> => {
  const { kind, route, action, why } = options;
  const dial = await dialOfRoute(context, kind, route);
  await (await rampsOf(context, kind)).order(route, { action, by: operator(), why });
  const { weightPercent } = await dial.read(route);
  context.output.result({ route, action, by: operator(), weightPercent }, SAID[action](route, weightPercent));
  return EXIT_CODES.ok;
};

const SAID = {
  pause: (route: string, percent: number) =>
    `${route} stays at ${percent} %; its guards go on watching, and turn it back if they must`,
  resume: (route: string, percent: number) => `${route} goes on from ${percent} %`,
  abort: (route: string, percent: number) =>
    `the ramp of ${route} is over; the dial stays at ${percent} %, and nobody watches it`,
};

/** `canary ramp status ROUTE`: what is wanted, what happened, and by what evidence. */
export const showRamp = async (context: CommandContext, kind: DialKind, route: string): Promise<ExitCode> => {
  const dial = await dialOfRoute(context, kind, route);
  const ramp = await (await rampsOf(context, kind)).read(route);
  if (!ramp)
    throw new UsageError(
      `${route} never had a ramp: start one with \`banyan canary ramp start ${route}${dialFlagOf(kind)}\``,
    );
  const { weightPercent } = await dial.read(route);
  const unwatchedMs = unwatchedForMs(ramp, context.clock.nowMs());
  context.output.result(
    { route, weightPercent, ...ramp, unwatchedMs: unwatchedMs ?? null },
    [
      ...rampLines(route, ramp),
      ...(unwatchedMs === undefined ? [] : [unwatchedLine(kind, unwatchedMs)]),
    ].join('\n'),
  );
  return EXIT_CODES.ok;
};

export const unwatchedLine = (kind: DialKind, unwatchedMs: number): string =>
  `  no controller has looked at it for ${formatDuration(unwatchedMs)}: run ${kind === 'proxy' ? '`banyan proxy`, or ' : ''}\`banyan canary ramp run${dialFlagOf(kind)}\``;

/** A ramp in lines for people. */
export const rampLines = (route: string, { wanted, happened }: Ramp): string[] => {
  const { started, plan, planName, order } = wanted;
  const { phase, step, decision, paused, ended } = happened;
  const waiting =
    order.number > happened.order ? [`  ordered by ${order.by}, not seen yet: ${order.action}`] : [];
  return [
    `${route}: ramp ${phase}${step ? ` at ${stepText(plan, step)}` : ''}`,
    `  by ${planName ?? 'its own plan'}, ${planText(plan)}; started by ${started.by} at ${timeOf(started.atMs)}${because(started.why)}`,
    ...waiting,
    ...(paused ? [`  paused by ${paused.by} at ${timeOf(paused.atMs)}${because(paused.why)}`] : []),
    ...(ended ? [`  ended by ${ended.by} at ${timeOf(ended.atMs)}${because(ended.why)}`] : []),
    ...(decision
      ? [`  ${decision.action} (${decision.cause}) at ${timeOf(decision.atMs)}: ${decision.reason}`]
      : []),
    ...(decision?.evidence ?? []).map(
      ({ guard, verdict, reason }) => `    ${guard.padEnd(12)} ${verdict.padEnd(9)} ${reason}`,
    ),
  ];
};

const stepText = ({ steps }: RampPlan, { weightPercent, enteredAtMs }: RampStep): string => {
  const at = steps.findLastIndex((step) => step.weightPercent <= weightPercent);
  return `${weightPercent} %, step ${at + 1} of ${steps.length}, since ${timeOf(enteredAtMs)}`;
};

/** `1 % for 10 min, 5 % for 1 h and until resumed, 100 %` */
const planText = ({ steps }: RampPlan): string =>
  steps
    .map(
      ({ weightPercent, bakeMs, pause }) =>
        `${weightPercent} %${bakeMs > 0 ? ` for ${formatDuration(bakeMs)}` : ''}${pause ? ' until resumed' : ''}`,
    )
    .join(', ');

const timeOf = (atMs: number): string => new Date(atMs).toISOString();
const because = (why: string): string => (why === '' ? '' : `: ${why}`);
