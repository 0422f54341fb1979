export { type Clock, pause, systemClock, VirtualClock } from './clock.ts';
export { type EntityDefinition, sliceNames } from './entity.ts';
export { entityKeyOf, idOfEntityKey } from './entity-key.ts';
export { BanyanError, messageOf, RejectError, UnavailableError, UsageError } from './errors.ts';
export {
  documentOf,
  type EntityEvent,
  type EventParts,
  entityEvent,
  entityEventSchema,
  PROBE_TYPE,
  parseEvents,
  recordOfDocument,
  recordOfEvent,
} from './event.ts';
export { type PassingTransform, pick, wholeDocument } from './passing-transform.ts';
export type { SourceDocument, State, Transform, VersionedRecord } from './record.ts';
export { formatTraceparent, parseTraceparent, startTrace, type TraceContext } from './trace-context.ts';
export {
  assertVersion,
  clusterTimeVersion,
  ENTITY_SLICE,
  microsOf,
  NO_VERSION,
  nextVersion,
  VERSIONS_FIELD,
  type Version,
  versionOf,
} from './version.ts';
