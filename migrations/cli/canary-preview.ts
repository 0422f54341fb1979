import { keyOf, parseWeightPercent, previewWeight, type WeightPreview } from '../../proxy/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { dialOf, routeOf } from './canary-dial.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** `canary preview ROUTE --to PERCENT`: which of the given keys would move. */
export const previewCanary = async (
  context: CommandContext,
  options: {
    route: string;
    to: string;
    credentials: boolean;
    /** Lines with a key each; `undefined` on a terminal, where nobody types them. */
    lines: AsyncIterable<string> | undefined;
  },
): Promise<ExitCode> => {
  const { route, lines } = options;
  const { salt = route } = await routeOf(context, route);
  const toPercent = parseWeightPercent(options.to);
  if (!lines)
    throw new UsageError(
      'give the keys on stdin, one a line: banyan canary preview ROUTE --to 25 < user-ids.txt',
    );
  const { weightPercent: fromPercent } = await (await dialOf(context, 'proxy')).read(route);
  const given = new Map<string, string>();
  for await (const line of lines) {
    const value = line.trim();
    if (value) given.set(keyOf(value, options.credentials), value);
  }
  if (given.size === 0) throw new UsageError('there was no key on stdin, so that nothing can be said');
  const preview = previewWeight({ salt, fromPercent, toPercent, keys: given.keys() });
  const asGiven = (keys: readonly string[]) => keys.map((key) => given.get(key) ?? key);
  const toCandidate = asGiven(preview.toCandidate);
  const toControl = asGiven(preview.toControl);
  const shown = { ...preview, toCandidate, toControl };
  context.output.result({ route, fromPercent, toPercent, ...shown }, textOf(shown, fromPercent, toPercent));
  return EXIT_CODES.ok;
};

const textOf = (preview: WeightPreview, fromPercent: number, toPercent: number): string => {
  const { keys, candidateBefore, candidateAfter, toCandidate, toControl } = preview;
  const share = (count: number) => `${count} of ${keys} keys (${((count * 100) / keys).toFixed(2)} %)`;
  return [
    `at ${fromPercent} % the candidate serves ${share(candidateBefore)}`,
    `at ${toPercent} % it would serve ${share(candidateAfter)}`,
    ...toCandidate.map((key) => `→ candidate  ${key}`),
    ...toControl.map((key) => `→ control    ${key}`),
  ].join('\n');
};
