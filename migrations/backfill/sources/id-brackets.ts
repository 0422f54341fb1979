/**
 * MongoDB compares values only within a bracket of BSON types: `{ _id: { $gt: 'a' } }` matches strings and
 * symbols, and no number. So each bracket is partitioned for itself, and all brackets together are every `_id`
 * that can exist (https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/).
 */
export interface IdBracket {
  readonly name: string;
  /** Selects the bracket's documents, each exactly once over all brackets. */
  readonly filter: { readonly [operator: string]: unknown };
}

const ofTypes = (name: string, ...types: string[]): IdBracket => ({ name, filter: { $type: types } });

/** Every bracket an `_id` can be in, in MongoDB's order. */
export const ID_BRACKETS: readonly IdBracket[] = [
  ofTypes('minKey', 'minKey'),
  ofTypes('null', 'null'),
  // NaN is a number, but no range matches it.
  { name: 'nan', filter: { $eq: Number.NaN } },
  { name: 'number', filter: { $gte: Number.NEGATIVE_INFINITY } },
  ofTypes('string', 'string', 'symbol'),
  ofTypes('object', 'object'),
  ofTypes('binData', 'binData'),
  ofTypes('objectId', 'objectId'),
  ofTypes('bool', 'bool'),
  ofTypes('date', 'date'),
  ofTypes('timestamp', 'timestamp'),
  ofTypes('javascript', 'javascript'),
  ofTypes('javascriptWithScope', 'javascriptWithScope'),
  ofTypes('maxKey', 'maxKey'),
];

/** What MongoDB refuses as an `_id` today, or its driver cannot write: a source that holds one is refused. */
export const UNREADABLE_TYPES = ['undefined', 'dbPointer'];
