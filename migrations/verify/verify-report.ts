import type { Difference, Mismatch } from './compare.ts';
import { type Verdict, type VerifyResult, verdictOf } from './verify-result.ts';

/** Mismatches that a person is shown. */
const SHOWN = 20;

const SENTENCES: { readonly [verdict in Verdict]: string } = {
  equal: 'source and sink are equal',
  rejects: 'source and sink are equal, but for documents in quarantine',
  different: 'source and sink differ',
  'cannot-tell': 'cannot tell: there was nothing to compare',
};

/** The result with every value replaced by what kind of value it is: reports get passed around. */
export const redactResult = (result: VerifyResult): VerifyResult => ({
  ...result,
  first: result.first.map(({ key, differences }) => ({ key, differences: differences.map(redact) })),
});

const redact = (difference: Difference): Difference => {
  if (difference.kind !== 'field') return difference;
  return { ...difference, source: kindOf(difference.source), sink: kindOf(difference.sink) };
};

const kindOf = (value: unknown): string => {
  if (value === undefined) return '(absent)';
  if (value === null) return '(null)';
  if (typeof value === 'string') return `(text of ${value.length})`;
  return Array.isArray(value) ? `(list of ${value.length})` : `(${typeof value})`;
};

/** The result for people: the verdict first, then numbers, then the first mismatches. */
export const describeResult = (result: VerifyResult, options: { showValues: boolean }): string => {
  const { plan, compared, scanned, mismatches, settled, rejected, first, sourcePositions } = result;
  const lines = [
    `${plan}: ${SENTENCES[verdictOf(result)]}`,
    `  compared ${compared}, scanned in the sink ${scanned}, settled ${settled}, in quarantine ${rejected}, mismatches ${mismatches}`,
    `  between the source's positions ${sourcePositions.before} and ${sourcePositions.after}, in ${(result.elapsedMs / 1_000).toFixed(1)} s`,
    ...first
      .slice(0, SHOWN)
      .map((mismatch) => describeMismatch(mismatch, options.showValues ? jsonOf : kindOf)),
  ];
  if (mismatches > SHOWN) lines.push(`  … and ${mismatches - Math.min(SHOWN, first.length)} more`);
  return lines.join('\n');
};

type Show = (value: unknown) => string;

const describeMismatch = ({ key, differences }: Mismatch, show: Show): string =>
  `  ${key}: ${differences.map((difference) => describeDifference(difference, show)).join('; ')}`;

const describeDifference = (difference: Difference, show: Show): string => {
  switch (difference.kind) {
    case 'missing':
      return 'missing in the sink';
    case 'extra':
      return 'in the sink, but not in the source';
    case 'version':
      return `version ${difference.source} in the source, ${difference.sink} in the sink`;
    case 'field':
      return `${difference.field} is ${show(difference.source)} in the source, ${show(difference.sink)} in the sink`;
    case 'rejected':
      return `cannot be transformed, and is not in quarantine: ${difference.reason}`;
  }
};

const jsonOf: Show = (value) => (value === undefined ? '(absent)' : JSON.stringify(value));
