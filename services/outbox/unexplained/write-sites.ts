import type { UnexplainedWrite } from './find-unexplained.ts';
import type { RecordedWrite } from './recorded-write.ts';

/** Where in the source a write was made. */
export interface WriteSite {
  /** The application's frames of the stack, innermost first: `rename (file:///app/users.ts:15:25)`. */
  readonly frames: readonly string[];
  /**
   * Whether it is this write: its transaction, key or operation time says so. Otherwise it is one that was made
   * at the time, in the same collection, and that may have been this one.
   */
  readonly certain: boolean;
}

/** Knows where writes were made, as far as `recordWriteSites` recorded them. */
export interface WriteSites {
  add(writes: readonly RecordedWrite[]): Promise<void>;
  /** `undefined` when nothing was recorded that it could be. */
  find(write: UnexplainedWrite): Promise<WriteSite | undefined>;
}
