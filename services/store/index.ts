/* No AWS SDK: what speaks to DynamoDB is in `services/store/dynamodb/index.ts`. */
export { type ControlStore, type LogEntry, RevisionConflictError, type Revisioned } from './control-store.ts';
export { MemoryControlStore } from './memory-control-store.ts';
export { MemoryRecordSource } from './memory-record-source.ts';
export { MemoryStore } from './memory-store.ts';
export { MemoryVersionGuard } from './memory-version-guard.ts';
export { MongoRecordSource, type MongoRecordSourceOptions } from './mongo-record-source.ts';
export { ReadThrough, type ReadThroughOptions } from './read-through.ts';
export type { RecordSource } from './record-source.ts';
export type { Claim, ClaimOutcome, VersionGuard } from './version-guard.ts';
export type { PutOutcome, VersionedStore } from './versioned-store.ts';
export { type CopyOutcome, type CopyReport, WriteThrough } from './write-through.ts';
