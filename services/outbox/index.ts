export { Outbox, type OutboxOptions } from './outbox.ts';
export { OutboxTransaction, type StoredDocument } from './outbox-transaction.ts';
export { type RecordEventOptions, recordEvent } from './record-event.ts';
export { advancedVersions, type FieldChanges } from './update-pipeline.ts';
