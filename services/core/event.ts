import * as z from 'zod';
import { entityKeyOf } from './entity-key.ts';
import { messageOf, RejectError } from './errors.ts';
import { fromExtendedJson, toExtendedJson } from './extended-json.ts';
import type { SourceDocument, State, Transform, VersionedRecord } from './record.ts';
import { ENTITY_SLICE, type Version, versionOf } from './version.ts';

/**
 * A state change as a CloudEvent 1.0 in its JSON format (https://github.com/cloudevents/spec/blob/v1.0.2).
 * `data` is the whole document as relaxed extended JSON, so that an event carries all of its versions (law 4);
 * 64-bit integers beyond 2^53 keep their digits (`toExtendedJson`);
 * a delete carries the `_id` and the versions (floors) that the delete left.
 * `version` is a decimal string: CloudEvents integers end at 2^31. Read tolerantly, since producers are newer than
 * their consumers for a while: any minor version, any further attribute, any `dataschema`, any field of the data.
 */
export const entityEventSchema = z.looseObject({
  specversion: z.string().regex(/^1\.\d+$/),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
  datacontenttype: z
    .string()
    .regex(/^application\/([\w.-]+\+)?json\s*(;|$)/i)
    .optional(),
  version: z.string().regex(/^\d{1,16}$/),
  deleted: z.boolean().optional(),
  traceparent: z.string().optional(),
  data: z.looseObject({ _id: z.unknown() }),
});

/** A state change, checked; attributes of newer producers pass through. */
export type EntityEvent = z.infer<typeof entityEventSchema>;

/**
 * The type of the records that only mark a position on a stream (`services/outbox/stream-probe.ts`); whoever
 * reads a stream passes over them.
 */
export const PROBE_TYPE = 'banyan.probe';

/** What an event is made of; `document` is the state after the change, for a delete its `_id` and floors. */
export interface EventParts {
  /** Unique among the producer's events. */
  readonly id: string;
  /** The producer, as a URI reference: `/monolith`. */
  readonly source: string;
  /** `user.created`, `user.profile-updated`, `user.deleted`, … */
  readonly type: string;
  readonly document: SourceDocument;
  readonly deleted: boolean;
  readonly atMs: number;
  /** Optional: the W3C trace context of the request that caused it. */
  readonly traceparent?: string;
}

/** Makes the event of a change; `subject` is the document's key, `version` that of the whole entity. */
export const entityEvent = (parts: EventParts): EntityEvent => ({
  specversion: '1.0',
  id: parts.id,
  source: parts.source,
  type: parts.type,
  subject: entityKeyOf(parts.document._id),
  time: new Date(parts.atMs).toISOString(),
  datacontenttype: 'application/json',
  version: String(versionOf(parts.document, ENTITY_SLICE)),
  ...(parts.deleted ? { deleted: true } : {}),
  ...(parts.traceparent ? { traceparent: parts.traceparent } : {}),
  data: toExtendedJson(parts.document),
});

/**
 * Reads one stream record: a CloudEvent or, in the batch format, an array of them in order.
 * @throws RejectError when it is neither.
 */
export const parseEvents = (json: string): EntityEvent[] => {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new RejectError('the record is not JSON', { cause });
  }
  const parsed = z
    .array(entityEventSchema)
    .min(1)
    .safeParse(Array.isArray(value) ? value : [value]);
  if (!parsed.success) {
    throw new RejectError(`the record is not a CloudEvent of Banyan's: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
};

/**
 * The document an event carries, as the driver would have decoded it.
 * @throws RejectError when its extended JSON is malformed.
 */
export const documentOf = (event: EntityEvent): SourceDocument => {
  try {
    return fromExtendedJson(event.data);
  } catch (cause) {
    throw new RejectError(`the data of ${event.subject} is not extended JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
};

/**
 * What an event means to the store of one move: the version of the move's slice and the transformed state.
 * @throws RejectError when the document has no usable version, or the transform cannot take it.
 */
export const recordOfEvent = <S extends State>(
  event: EntityEvent,
  slice: string,
  transform: Transform<S>,
): VersionedRecord<S> => {
  const document = documentOf(event);
  const version = usableVersion(document, slice);
  return { key: event.subject, version, state: event.deleted ? null : transformed(document, transform) };
};

/**
 * What a source document means to the store of one move; the same reading as that of an event.
 * @throws RejectError when the document has no usable version, or the transform cannot take it.
 */
export const recordOfDocument = <S extends State>(
  document: SourceDocument,
  slice: string,
  transform: Transform<S>,
): VersionedRecord<S> => ({
  key: entityKeyOf(document._id),
  version: usableVersion(document, slice),
  state: transformed(document, transform),
});

const usableVersion = (document: SourceDocument, slice: string): Version => {
  try {
    return versionOf(document, slice);
  } catch (cause) {
    throw new RejectError(`${entityKeyOf(document._id)}: ${messageOf(cause)}`, { cause });
  }
};

const transformed = <S extends State>(document: SourceDocument, transform: Transform<S>): S | null => {
  try {
    return transform(document);
  } catch (cause) {
    if (cause instanceof RejectError) throw cause;
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new RejectError(`the transform does not take ${entityKeyOf(document._id)}: ${why}`, { cause });
  }
};
