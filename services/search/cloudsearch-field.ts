/** The types of CloudSearch index fields that are used here; an array field holds several values. */
export type CloudSearchFieldType =
  | 'text'
  | 'literal'
  | 'int'
  | 'double'
  | 'date'
  | 'text-array'
  | 'literal-array'
  | 'int-array'
  | 'double-array'
  | 'date-array';

/**
 * One index field of a CloudSearch domain, as its configuration has it
 * (https://docs.aws.amazon.com/cloudsearch/latest/developerguide/configuring-index-fields.html).
 */
export interface CloudSearchField {
  /** a–z, 0–9 and `_`, beginning with a letter, at most 64 characters; `score` is reserved. */
  readonly name: string;
  readonly type: CloudSearchFieldType;
  /** Optional: defaults to true. Whether queries may name it. */
  readonly search?: boolean;
  /** Optional: defaults to true. Whether hits carry it. */
  readonly return?: boolean;
  /** Optional: defaults to true, for a field with one value. Whether `sort` and expressions may name it. */
  readonly sort?: boolean;
  /** Optional: no default. What a document without a value gets. */
  readonly default?: string | number;
}

/** Where the adapter keeps a record's version. */
export const VERSION_FIELD: CloudSearchField = { name: 'version', type: 'int' };

/** Where the adapter keeps the ranking's exact field in lower case: a text field has words, but no whole. */
export const EXACT_FIELD: CloudSearchField = {
  name: 'exact_key',
  type: 'literal',
  return: false,
  sort: false,
};

/** All index fields of a domain that holds states of `fields`. */
export const domainFields = (fields: readonly CloudSearchField[]): CloudSearchField[] => [
  ...fields,
  VERSION_FIELD,
  EXACT_FIELD,
];
