import type { CompareRules } from './compare-rules.ts';
import { compareValues, differing } from './compare-values.ts';
import type { Difference } from './difference.ts';

/** An answer, read to its end and decoded. */
export interface ReadAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: Buffer;
}

/**
 * What differs between both sides' answers to the same request: the status, the chosen headers, and the body,
 * field by field where both are JSON and byte by byte otherwise. A side's answer never differs from itself.
 */
export const compareResponses = (
  control: ReadAnswer,
  candidate: ReadAnswer,
  rules: CompareRules,
): readonly Difference[] => [
  ...(control.status === candidate.status
    ? []
    : [differing('value', ['status'], control.status, candidate.status)]),
  ...rules.headers.flatMap((name) => compareHeader(name, control, candidate)),
  ...compareBodies(control, candidate, rules),
];

const compareHeader = (name: string, control: ReadAnswer, candidate: ReadAnswer): readonly Difference[] => {
  const [theirs, ours] = [control, candidate].map(({ headers }) => headerText(headers[name]));
  if (theirs === ours) return [];
  const kind = ours === undefined ? 'missing' : theirs === undefined ? 'extra' : 'value';
  return [differing(kind, ['header', name], theirs, ours)];
};

const headerText = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'object' ? value.join(', ') : value;

const compareBodies = (
  control: ReadAnswer,
  candidate: ReadAnswer,
  rules: CompareRules,
): readonly Difference[] => {
  if (control.body.equals(candidate.body)) return [];
  const [theirs, ours] = [jsonOf(control), jsonOf(candidate)];
  if (theirs && ours) return compareValues(theirs.value, ours.value, ['body'], rules);
  const texts = [control, candidate].map(({ body }) => body.toString('utf8'));
  return compareValues(texts[0], texts[1], ['body'], rules);
};

/** The parsed body; `undefined` when it is not JSON, whatever it calls itself. */
const jsonOf = ({ headers, body }: ReadAnswer): { readonly value: unknown } | undefined => {
  if (!/^application\/(?:[^;]+\+)?json\b/i.test(headerText(headers['content-type']) ?? '')) return undefined;
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
};
