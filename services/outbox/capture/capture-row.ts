import { EJSON } from 'bson';
import {
  clusterTimeVersion,
  type EntityDefinition,
  entityEvent,
  messageOf,
  type SourceDocument,
  sliceNames,
  VERSIONS_FIELD,
  type Version,
} from '../../core/index.ts';
import { assertRepresentable } from '../assert-representable.ts';
import { changedFields, type EntityChange, type EventTypeOf } from '../entity-change.ts';
import type { PendingRow } from '../outbox-feed.ts';
import type { CapturedChange } from './captured-change.ts';

export interface CaptureRowOptions {
  readonly entity: EntityDefinition;
  readonly typeOf: EventTypeOf;
  /** The producer in the events, as a URI reference. */
  readonly source: string;
}

/**
 * What is published of a change, as an outbox row would tell it: the document, versioned by cluster time
 * (law 2), in every slice, since whoever reads a slice needs a version. What cannot be an event becomes a row
 * that no stream takes, so that the publisher quarantines it in its key's turn.
 * @throws BanyanError `cluster-time-overflow`.
 */
export const captureRowOf = (change: CapturedChange, options: CaptureRowOptions): PendingRow => {
  const { entity } = options;
  const version = clusterTimeVersion(change.clusterTime);
  const id = `${entity.collection}:${version}:${change.key}`;
  return {
    id,
    stream: entity.stream,
    key: change.key,
    event: eventJson(change, version, id, options),
    createdAtMs: change.atMs,
  };
};

const eventJson = (
  change: CapturedChange,
  version: Version,
  id: string,
  { entity, typeOf, source }: CaptureRowOptions,
): string => {
  const { atMs, after } = change;
  const versions = Object.fromEntries(sliceNames(entity).map((slice) => [slice, version]));
  const document: SourceDocument = { ...(after ?? { _id: change.id }), [VERSIONS_FIELD]: versions };
  try {
    assertRepresentable(entity.collection, document);
    const type = typeOf(entityChangeOf(change));
    return JSON.stringify(entityEvent({ id, source, type, document, deleted: after === null, atMs }));
  } catch (thrown) {
    return JSON.stringify({
      rejected: messageOf(thrown),
      document: EJSON.stringify(document, { relaxed: false }),
    });
  }
};

const entityChangeOf = ({ before, after }: CapturedChange): EntityChange => ({
  operation: after === null ? 'deleted' : before === null ? 'created' : 'updated',
  before: before ?? undefined,
  after: after ?? undefined,
  changedFields: changedFields(before ?? undefined, after ?? undefined),
});
