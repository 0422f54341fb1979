import { MongoServerError } from 'mongodb';
import { BanyanError } from '../../core/index.ts';

/** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost. */
const LOST_CODES = new Set<unknown>([260, 280, 286]);

/**
 * MongoDB no longer knows what came after the position where a follower stood (its error 286), and nobody else
 * does: there is nothing to sweep. The message says what recovers.
 */
export class ChangeStreamHistoryLostError extends BanyanError {
  /** `recovery`: what to do, as a sentence. */
  constructor(follower: string, recovery: string, cause?: unknown) {
    super(
      'change-stream-history-lost',
      `${follower} cannot go on where it stood: MongoDB's oplog no longer reaches back to there. ${recovery}`,
      { cause },
    );
  }
}

/** Whether MongoDB's answer means that a position is lost for good. */
export const isHistoryLost = (thrown: unknown): boolean =>
  thrown instanceof MongoServerError && LOST_CODES.has(thrown.code);
