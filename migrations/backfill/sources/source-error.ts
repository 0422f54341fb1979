import { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { BanyanError, messageOf } from '../../../services/core/index.ts';

/**
 * Codes of a server that steps down, shuts down, or let go of a cursor: the same read succeeds elsewhere or later
 * (https://github.com/mongodb/specifications/blob/master/source/retryable-reads/retryable-reads.md; 43 and 237
 * are a lost cursor, which a resumed range does not need).
 */
const TRANSIENT_CODES = new Set([
  6, 7, 43, 89, 91, 134, 189, 237, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/** A failed read, with whether the same read may succeed later. */
export const sourceError = (collection: string, cause: unknown): BanyanError =>
  new BanyanError('source-failed', `reading ${collection} failed: ${messageOf(cause)}`, {
    retryable: isTransient(cause),
    cause,
  });

const isTransient = (cause: unknown): boolean => {
  if (cause instanceof MongoNetworkError || cause instanceof MongoServerSelectionError) return true;
  if (cause instanceof MongoServerError) return TRANSIENT_CODES.has(Number(cause.code));
  return cause instanceof MongoError && cause.hasErrorLabel('RetryableError');
};
