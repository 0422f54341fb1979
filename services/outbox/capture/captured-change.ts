import type { SourceDocument } from '../../core/index.ts';
import type { PlacedChange } from '../changes/change-feed.ts';

/** A change of a captured collection; in a transaction, all that it did to the key. */
export interface CapturedChange extends PlacedChange {
  readonly key: string;
  readonly id: unknown;
  /** `null` when there was none; `undefined` when it is not known, since there was no pre-image. */
  readonly before: SourceDocument | null | undefined;
  /** `null` after a deletion. */
  readonly after: SourceDocument | null;
  /** By the clock of MongoDB's node. */
  readonly atMs: number;
}

/** One change out of two of one key in one transaction. */
export const mergeChanges = (earlier: CapturedChange, later: CapturedChange): CapturedChange => ({
  ...later,
  before: earlier.before,
});
