import type { Mismatch } from './compare.ts';
import type { KnownReject } from './known-rejects.ts';
import type { KindCounts } from './tally.ts';
import type { VerifyMode } from './verify-parts.ts';

/**
 * What a comparison found. Its claim: for every key that was compared the sink was seen to hold what the source
 * held at some moment between the two source positions.
 */
export interface VerifyResult {
  readonly plan: string;
  readonly mode: VerifyMode['kind'];
  /** Documents of the source, or keys that it changed, that were compared. */
  readonly compared: number;
  /** Keys that differ, extra ones included. */
  readonly mismatches: number;
  /** Keys that differed, and had no time to settle or never rested: nobody can tell. */
  readonly unsettled: number;
  /** Keys that differed at first, and agreed once both sides were read again. */
  readonly settled: number;
  /** Keys that the sink does not have as the source has them now, and of which that is in quarantine: no mismatches. */
  readonly rejected: number;
  /** Keys in the sink, where all of it was read. */
  readonly scanned: number;
  /** How many of the mismatches differ in each way. */
  readonly kinds: KindCounts;
  /** The first mismatches, whole. */
  readonly first: readonly Mismatch[];
  /** The first that are in quarantine. */
  readonly firstRejected: readonly KnownReject[];
  /** The keys of the first 100,000 mismatches and unsettled ones. */
  readonly keys: readonly string[];
  readonly sourcePositions: { readonly before: string; readonly after: string };
  readonly elapsedMs: number;
  /** `checksum`: buckets that had to be opened, and the digest of what the sink should hold. */
  readonly checksum?: { readonly buckets: number; readonly open: number; readonly sourceDigest: string };
  /** `sample`: what was drawn of how many keys; fewer than `shareAtMost` of them differ, with this confidence. */
  readonly sample?: {
    readonly size: number;
    readonly population: number;
    readonly seed: string;
    readonly confidencePercent: number;
    readonly shareAtMost: number;
  };
  /** `changed`: the position from which on changes were looked at. */
  readonly since?: string;
}

export type Verdict = 'equal' | 'rejects' | 'different' | 'cannot-tell';

/**
 * No data is not success (law 9): a comparison that met no document cannot tell. That nothing changed since a
 * position is no lack of data: the source says so of every moment since.
 */
export const verdictOf = (
  result: Pick<VerifyResult, 'compared' | 'mismatches' | 'rejected'> &
    Partial<Pick<VerifyResult, 'unsettled' | 'mode'>>,
): Verdict => {
  if (result.mismatches > 0) return 'different';
  if (result.unsettled) return 'cannot-tell';
  if (result.compared === 0 && result.mode !== 'changed') return 'cannot-tell';
  return result.rejected > 0 ? 'rejects' : 'equal';
};
