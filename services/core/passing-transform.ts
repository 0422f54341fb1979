import { UsageError } from './errors.ts';
import type { SourceDocument, State, Transform } from './record.ts';
import { VERSIONS_FIELD } from './version.ts';

/**
 * A transform that only passes fields on, as MongoDB's driver decodes them, and says which. A copy fetches only
 * those, and decodes a document only for a sink that looks at it.
 */
export interface PassingTransform<S extends State = State> extends Transform<S> {
  /** The top-level fields that a state has of its document; `'all'` but the `_id` and the versions. */
  readonly passes: readonly string[] | 'all';
}

/**
 * Passes these top-level fields on; what a document does not have, its state does not have either.
 * @throws UsageError `not-a-field` for what is no name of a top-level field.
 */
export const pick = <S extends State = State>(
  ...fields: readonly [keyof S & string, ...(keyof S & string)[]]
): PassingTransform<S> => {
  for (const field of fields) assertPlain(field);
  const transform = (document: SourceDocument): S => {
    const state: { [field: string]: unknown } = {};
    for (const field of fields) if (Object.hasOwn(document, field)) state[field] = document[field];
    return state as S;
  };
  return Object.assign(transform, { passes: fields });
};

/** Passes everything on but the `_id`, which is the record's key, and the versions. */
export const wholeDocument: PassingTransform = Object.assign(
  ({ _id, [VERSIONS_FIELD]: _, ...state }: SourceDocument): State => state,
  { passes: 'all' as const },
);

/** The fields that a transform passes on, when that is all it does. */
export const passedFields = <S extends State>(
  transform: Transform<S>,
): PassingTransform['passes'] | undefined => (transform as Partial<PassingTransform>).passes;

/** A dot or a dollar means something else to MongoDB's projections. */
const assertPlain = (field: string): void => {
  if (field !== '' && field !== '__proto__' && !/^\$|\./.test(field)) return;
  const message = `${JSON.stringify(field)} is no top-level field that can be picked: write the transform as a function`;
  throw new UsageError(message, { code: 'not-a-field' });
};
