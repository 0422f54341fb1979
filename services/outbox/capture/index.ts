export { ChangeStreamHistoryLostError } from '../changes/history-lost-error.ts';
export type { EntityChange, EventTypeOf } from '../entity-change.ts';
export { type CaptureOptions, openCapture } from './capture.ts';
export { CollectionGoneError, ImagesUnavailableError, MissingImageError } from './capture-errors.ts';
export { captureLease, forgetCapture } from './capture-lease.ts';
