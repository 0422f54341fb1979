import { EJSON } from 'bson';
import { type EntityDefinition, type SourceDocument, VERSIONS_FIELD } from '../core/index.ts';

/** What happened to an entity, as whoever names the event may want to know. */
export interface EntityChange {
  /** What the write did in the end, whatever the method was called. */
  readonly operation: 'created' | 'updated' | 'deleted';
  /** `undefined` when there was none, or when it is not known. */
  readonly before: SourceDocument | undefined;
  /** `undefined` after a deletion. */
  readonly after: SourceDocument | undefined;
  /** Top-level fields that differ; all that there are when one side is missing. Neither `_id` nor versions. */
  readonly changedFields: readonly string[];
}

/** Names the event of a change: `user.profile-updated`. Must be pure. */
export type EventTypeOf = (change: EntityChange) => string;

/** `user.created`, `user.updated` and `user.deleted`. */
export const plainEventType =
  (entity: EntityDefinition): EventTypeOf =>
  ({ operation }) =>
    `${entity.name}.${operation}`;

/** The top-level fields in which two documents differ, but for `_id` and the versions. */
export const changedFields = (
  before: SourceDocument | undefined,
  after: SourceDocument | undefined,
): string[] =>
  [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (field) =>
      field !== '_id' && field !== VERSIONS_FIELD && textOf(before?.[field]) !== textOf(after?.[field]),
  );

/** Canonical, so that values of different BSON types differ; a missing one differs from null. */
const textOf = (value: unknown): string =>
  value === undefined ? '' : EJSON.stringify({ value }, { relaxed: false });
