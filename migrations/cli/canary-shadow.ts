import pc from 'picocolors';
import type { ShadowReport } from '../../proxy/index.ts';
import { shadowReportsAt } from '../../proxy/shadow/shadow-reports.ts';
import { UsageError } from '../../services/core/index.ts';
import { routeOf } from './canary-dial.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';

type FieldReport = ShadowReport['fields'][number];

/** `canary shadow ROUTE`: how the answers of both sides differ, as one proxy has found. */
export const showShadow = async (
  context: CommandContext,
  options: {
    route: string;
    /** The proxy's admin listener; the configured one by default. */
    admin: string | undefined;
  },
): Promise<ExitCode> => {
  const { route } = options;
  if (!(await routeOf(context, route)).shadow)
    throw new UsageError(`${route} is not shadowed: give the route shadow: { percent: … }`);
  const { host, port } = partOf(await context.config(), 'proxy').admin;
  const address = options.admin ?? `http://${host}:${port}`;
  const report = (await shadowReportsAt(address))[route];
  if (!report)
    throw new UsageError(`the proxy at ${address} does not shadow ${route}: it has another configuration`);
  context.output.result({ route, ...report }, textOf(route, report));
  return EXIT_CODES.ok;
};

const textOf = (route: string, report: ShadowReport): string => {
  const { compared, mismatched, controlPairs, skipped, fields } = report;
  const reasons = Object.entries(skipped).map(([why, count]) => `${formatNumber(count)} ${why}`);
  return [
    `${route}: ${formatNumber(mismatched)} of ${formatNumber(compared)} compared answers differ`,
    `noise is known from ${formatNumber(controlPairs)} pairs of the control's own answers`,
    ...(reasons.length > 0 ? [`not compared: ${reasons.join(', ')}`] : []),
    ...fields.flatMap(fieldLines),
  ].join('\n');
};

const fieldLines = ({ field, differed, differedInControl, noise, samples }: FieldReport): string[] => {
  const head = `${field}  differed ${formatNumber(differed)} times, in the control itself ${formatNumber(differedInControl)}`;
  if (noise) return [pc.dim(`  ${head}: noise`)];
  return [
    `  ${head}`,
    ...samples.map(({ kind, control, candidate }) =>
      pc.dim(`      ${kind}: ${JSON.stringify(control)} → ${JSON.stringify(candidate)}`),
    ),
  ];
};
