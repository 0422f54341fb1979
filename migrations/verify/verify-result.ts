import type { Mismatch } from './compare.ts';

/** What a full comparison found. Its claim: every key agreed at some moment between the two source positions. */
export interface VerifyResult {
  readonly plan: string;
  /** Documents of the source that were compared with the sink. */
  readonly compared: number;
  /** Keys that differ, extra ones included. */
  readonly mismatches: number;
  /** Keys that differed at first, and agreed once both sides were read again. */
  readonly settled: number;
  /** Documents that cannot be transformed, and are in quarantine. */
  readonly rejected: number;
  /** Keys in the sink. */
  readonly scanned: number;
  /** The first mismatches, whole. */
  readonly first: readonly Mismatch[];
  readonly sourcePositions: { readonly before: string; readonly after: string };
  readonly elapsedMs: number;
}

export type Verdict = 'equal' | 'rejects' | 'different' | 'cannot-tell';

/** No data is not success (law 9): a comparison that met no document cannot tell. */
export const verdictOf = (result: Pick<VerifyResult, 'compared' | 'mismatches' | 'rejected'>): Verdict => {
  if (result.mismatches > 0) return 'different';
  if (result.compared === 0) return 'cannot-tell';
  return result.rejected > 0 ? 'rejects' : 'equal';
};
