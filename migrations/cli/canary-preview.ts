import { type DialKind, parseWeightPercent } from '../../proxy/index.ts';
import { previewRoute, type RoutePreview } from '../../proxy/routing/preview-route.ts';
import { isCredential } from '../../proxy/routing/sticky-key.ts';
import { dialNameOf, dialOf, dialOfRoute, pinBoardOf, routeOf } from './canary-dial.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';

interface PreviewOptions {
  readonly kind: DialKind;
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
  const { route, cohort, credentials } = options;
  if (options.kind === 'alb') return previewAlb(context, options);
  const config = await routeOf(context, route);
  const name = await dialNameOf(context, options);
  const toPercent = parseWeightPercent(options.to);
  const keys = await keysOf(options);
  const [dial, pins] = [await dialOf(context, 'proxy'), await pinBoardOf(context)];
  const preview = await previewRoute({ route, config, dial, pins, name, toPercent, keys, credentials });
  const value = { route, ...(cohort === undefined ? {} : { cohort }), ...preview };
  const share = shareText(name, preview);
  context.output.result(value, keys.length === 0 ? share : `${share}\n${textOf(preview)}`);
  if (options.lines && keys.length === 0)
    context.output.warn('there was no key on stdin: this says how many move, and not who');
  if (keys.length > 0 && !credentials && config.key.length > 0 && config.key.every(isCredential))
    context.output.warn(
      `${route} knows its users by credentials alone, which are hashed: give tokens or cookies as they are sent, and say --credentials`,
    );
  return EXIT_CODES.ok;
};

/** A rule of a load balancer: how much would move, since it knows of nobody who. */
const previewAlb = async (context: CommandContext, options: PreviewOptions): Promise<ExitCode> => {
  const { kind, route } = options;
  const dial = await dialOfRoute(context, kind, route);
  await dialNameOf(context, options);
  const { previewRule } = await import('../../proxy/ramp/dials/alb/index.ts');
  const toPercent = parseWeightPercent(options.to);
  const preview = await previewRule({ route, dial, toPercent, keys: await keysOf(options) });
  const { fromPercent, movingPercent, weights } = preview;
  const where = toPercent < fromPercent ? 'back to the control' : 'to the candidate';
  context.output.result(
    { route, ...preview },
    movingPercent === 0
      ? `${route}: ${fromPercent} % → ${toPercent} % moves nothing`
      : `${route}: ${fromPercent} % → ${toPercent} % moves ${movingPercent} % of its requests ${where}, a side being drawn for each; the rule would weigh ${weights.control} to ${weights.candidate}`,
  );
  return EXIT_CODES.ok;
};

const keysOf = async ({ lines }: PreviewOptions): Promise<string[]> => {
  const given: string[] = [];
  for await (const line of lines ?? []) if (line.trim()) given.push(line.trim());
  return given;
};

const shareText = (name: string, { fromPercent, toPercent, movingPercent: moving }: RoutePreview): string => {
  const where = toPercent < fromPercent ? 'back to the control' : 'to the candidate';
  const change = `${name}: ${fromPercent} % → ${toPercent} %`;
  if (moving === 0) return `${change} moves nobody`;
  return `${change} moves ${moving} % of its users ${where}: ${formatNumber(moving * 100)} of every 10,000`;
};

const textOf = (preview: RoutePreview): string => {
  const { fromPercent, toPercent, keys, candidateBefore, candidateAfter, held, toCandidate, toControl } =
    preview;
  const share = (count: number) => `${count} of ${keys} keys (${((count * 100) / keys).toFixed(2)} %)`;
  return [
    `at ${fromPercent} % the candidate serves ${share(candidateBefore)}`,
    `at ${toPercent} % it would serve ${share(candidateAfter)}`,
    ...(held > 0 ? [`${held} of them are pinned or allowed: no weight moves them`] : []),
    ...toCandidate.map((key) => `→ candidate  ${key}`),
    ...toControl.map((key) => `→ control    ${key}`),
  ].join('\n');
};
