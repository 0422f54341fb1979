import { ObjectId } from 'mongodb';
import { type EntityDefinition, entityEvent, type SourceDocument } from '../core/index.ts';
import { assertRepresentable } from './assert-representable.ts';
import type { OutboxRow } from './collections.ts';
import { UnpublishableError } from './errors.ts';

/** MongoDB's limit of a document, less what a row needs beside its event. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024 - 64 * 1024;

/** A state change, as it is to be published. */
export interface Change {
  readonly entity: EntityDefinition;
  /** The whole document after the change, `_banyan` included; for a delete its `_id` and floors. */
  readonly document: SourceDocument;
  /** `user.created`, `user.profile-updated`, … */
  readonly type: string;
  readonly deleted: boolean;
  /** The W3C trace context of the request that caused it. */
  readonly traceparent?: string | undefined;
}

/**
 * The outbox row of a change.
 * @throws UnpublishableError when the document is too large for a row, or would read as another one.
 */
export const outboxRowOf = (change: Change, source: string, nowMs: number): OutboxRow => {
  const { entity, document, type, deleted, traceparent } = change;
  assertRepresentable(entity.collection, document);
  const _id = new ObjectId();
  const event = entityEvent({
    id: _id.toHexString(),
    source,
    type,
    document,
    deleted,
    atMs: nowMs,
    ...(traceparent ? { traceparent } : {}),
  });
  const json = JSON.stringify(event);
  assertFits(entity.collection, event.subject, json);
  return { _id, stream: entity.stream, key: event.subject, event: json, createdAt: new Date(nowMs) };
};

const assertFits = (collection: string, key: string, json: string): void => {
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_EVENT_BYTES) return;
  throw new UnpublishableError(
    'event-too-large',
    collection,
    `the event of ${key} takes ${bytes} bytes, and an outbox row holds ${MAX_EVENT_BYTES}: move the large ` +
      'fields out of the document (GridFS, a bucket) and keep a reference to them',
  );
};
