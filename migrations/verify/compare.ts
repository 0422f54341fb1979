import { NO_VERSION, type State, type Version, type VersionedRecord } from '../../services/core/index.ts';
import { canonicalJson } from './canonical-json.ts';

/**
 * One difference of one key. `missing`: the sink lacks a live document; `extra`: the sink has one that the source
 * has not, `not-deleted`: and the source knows at which version it was deleted; `version` and `field`: both have
 * it, and differ there; `rejected`: the source's document can not be transformed, and is not in quarantine
 * as it is now.
 * `source` and `sink` are what each side has: versions, but for a field its values.
 */
export type Difference =
  | { readonly kind: 'missing'; readonly source: Version }
  | { readonly kind: 'extra'; readonly sink: Version }
  | { readonly kind: 'not-deleted'; readonly source: Version; readonly sink: Version }
  | { readonly kind: 'version'; readonly source: Version; readonly sink: Version }
  | { readonly kind: 'field'; readonly field: string; readonly source: unknown; readonly sink: unknown }
  | { readonly kind: 'rejected'; readonly reason: string };

/** A key with everything in which source and sink differ on it. */
export interface Mismatch {
  readonly key: string;
  readonly differences: readonly Difference[];
}

/**
 * Whether versions are compared: those of a source whose documents carry them. A captured collection's do not,
 * and its sink holds the cluster times of the changes.
 */
export type VersionsFrom = 'document' | 'elsewhere';

/**
 * What the sink holds for a key against what the source says it should: the version, and every field of either
 * side. Nothing, and a tombstone of whatever version, are the same: the key is not there.
 */
export const compareRecords = <S extends State>(
  expected: VersionedRecord<S> | undefined,
  stored: VersionedRecord<S> | undefined,
  versionsFrom: VersionsFrom = 'document',
): Difference[] => {
  if (!expected?.state) return stored?.state ? [{ kind: 'extra', sink: stored.version }] : [];
  if (!stored?.state) return [{ kind: 'missing', source: expected.version }];
  const isSameVersion = versionsFrom === 'elsewhere' || expected.version === stored.version;
  const version: Difference[] = isSameVersion
    ? []
    : [{ kind: 'version', source: expected.version, sink: stored.version }];
  return [...version, ...compareFields(expected.state, stored.state)];
};

/** What a record comes to in a comparison, as a text: two records differ if, and only if, their texts do. */
export const essenceOf = (record: VersionedRecord | undefined, versionsFrom: VersionsFrom): string => {
  if (!record?.state) return '';
  const version = versionsFrom === 'document' ? record.version : NO_VERSION;
  return `${version} ${canonicalJson(record.state)}`;
};

const compareFields = (source: State, sink: State): Difference[] =>
  [...new Set([...Object.keys(source), ...Object.keys(sink)])]
    .filter((field) => !isSame(source[field], sink[field]))
    .map((field) => ({ kind: 'field', field, source: source[field], sink: sink[field] }));

const isSame = (a: unknown, b: unknown): boolean => a === b || canonicalJson(a) === canonicalJson(b);
