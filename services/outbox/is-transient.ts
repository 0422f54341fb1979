import { MongoError, MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import { BanyanError } from '../core/index.ts';

const LABELS = ['RetryableWriteError', 'ResumableChangeStreamError', 'TransientTransactionError'];

/** Server errors of a node that stops, steps down or is out of reach, and of a cursor or a wait that ended so. */
const CODES = new Set<unknown>([
  6, 7, 43, 63, 64, 89, 91, 112, 133, 150, 189, 234, 237, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436,
]);

/** Whether the same call may succeed once MongoDB is itself again. */
export const isTransient = (thrown: unknown): boolean => {
  if (thrown instanceof BanyanError) return thrown.retryable;
  if (thrown instanceof MongoNetworkError || thrown instanceof MongoServerSelectionError) return true;
  if (!(thrown instanceof MongoError)) return false;
  return LABELS.some((label) => thrown.hasErrorLabel(label)) || CODES.has(thrown.code);
};
