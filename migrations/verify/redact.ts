import type { Difference, Mismatch } from './compare.ts';
import type { VerifyResult } from './verify-result.ts';

/** What kind of value it is, instead of the value: reports get passed around. */
export const kindOf = (value: unknown): string => {
  if (value === undefined) return '(absent)';
  if (value === null) return '(null)';
  if (typeof value === 'string') return `(text of ${value.length})`;
  return Array.isArray(value) ? `(list of ${value.length})` : `(${typeof value})`;
};

/** A result without values; why a document was rejected may hold some, too. */
export const redact = <R extends Pick<VerifyResult, 'first' | 'firstRejected'>>(result: R): R => ({
  ...result,
  first: result.first.map(redactMismatch),
  firstRejected: result.firstRejected.map((one) => ({ ...one, reason: kindOf(one.reason) })),
});

const redactMismatch = ({ key, differences }: Mismatch): Mismatch => ({
  key,
  differences: differences.map(redactDifference),
});

const redactDifference = (difference: Difference): Difference => {
  if (difference.kind === 'rejected') return { kind: 'rejected', reason: kindOf(difference.reason) };
  if (difference.kind !== 'field') return difference;
  return { ...difference, source: kindOf(difference.source), sink: kindOf(difference.sink) };
};
