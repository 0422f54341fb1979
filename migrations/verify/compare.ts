import { isDeepStrictEqual } from 'node:util';
import type { State, VersionedRecord } from '../../services/core/index.ts';

/**
 * One difference of one key. `missing`: the sink lacks a live document; `extra`: the sink has one that the source
 * has not; `version` and `field`: both have it, and differ there; `rejected`: the source's document can not be
 * transformed, and is not in quarantine.
 */
export type Difference =
  | { readonly kind: 'missing' | 'extra' }
  | { readonly kind: 'version'; readonly source: number; readonly sink: number }
  | { readonly kind: 'field'; readonly field: string; readonly source: unknown; readonly sink: unknown }
  | { readonly kind: 'rejected'; readonly reason: string };

/** A key with everything in which source and sink differ on it. */
export interface Mismatch {
  readonly key: string;
  readonly differences: readonly Difference[];
}

/**
 * What the sink holds for a key against what the source says it should: the version, and every field of either
 * side. Nothing, and a tombstone of whatever version, are the same: the key is not there.
 */
export const compareRecords = <S extends State>(
  expected: VersionedRecord<S> | undefined,
  stored: VersionedRecord<S> | undefined,
): Difference[] => {
  if (!expected?.state) return stored?.state ? [{ kind: 'extra' }] : [];
  if (!stored?.state) return [{ kind: 'missing' }];
  const version: Difference[] =
    expected.version === stored.version
      ? []
      : [{ kind: 'version', source: expected.version, sink: stored.version }];
  return [...version, ...compareFields(expected.state, stored.state)];
};

const compareFields = (source: State, sink: State): Difference[] =>
  [...new Set([...Object.keys(source), ...Object.keys(sink)])]
    .filter((field) => !isDeepStrictEqual(source[field], sink[field]))
    .map((field) => ({ kind: 'field', field, source: source[field], sink: sink[field] }));
