import type { UnexplainedWrite } from './find-unexplained.ts';
import type { WriteSite } from './write-sites.ts';

/** An unexplained write as it is kept, with where in the source it was made, if that is known. */
export interface KeptWrite extends UnexplainedWrite {
  readonly site?: WriteSite | undefined;
  /** Why the last attempt to heal it failed, and when. */
  readonly failure?: { readonly reason: string; readonly atMs: number } | undefined;
  readonly healedAtMs?: number | undefined;
}

/** What came of an attempt to heal. */
export type Healing =
  | { readonly healedAtMs: number }
  | { readonly failure: { reason: string; atMs: number } };

/** How many unexplained writes there are. */
export interface UnexplainedCounts {
  /** All that are kept; those that were healed are forgotten after a while. */
  readonly found: number;
  /** Of them, those that are not healed. */
  readonly open: number;
}

/** Keeps unexplained writes until they are healed. */
export interface UnexplainedStore {
  /** Adds writes, and answers how many of them were not kept already: a watch that goes on may find some again. */
  add(writes: readonly KeptWrite[]): Promise<number>;
  /** Writes that are not healed, oldest first; of those that failed, only the ones that failed before `failedBeforeMs`. */
  open(query: { limit: number; failedBeforeMs: number }): Promise<KeptWrite[]>;
  /** Marks writes as healed, or keeps why they could not be. */
  settle(ids: readonly string[], healing: Healing): Promise<void>;
  counts(): Promise<UnexplainedCounts>;
}
