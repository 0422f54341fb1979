import type { Claim, ClaimTimes, GuardEntry, HeldClaim, Release } from './version-guard.ts';

/** What a claim comes to: an entry to store in the place of the one that was read, or why not. */
export type ClaimDecision =
  | { readonly outcome: 'take'; readonly entry: GuardEntry; readonly held: HeldClaim }
  | { readonly outcome: 'stale' }
  | { readonly outcome: 'busy'; readonly busyUntilMs: number };

/**
 * Decides a claim against the entry as it was read (law 1). The caller stores the decision only if the entry is
 * still at the revision that was read.
 */
export const decideClaim = (
  entry: GuardEntry | undefined,
  claim: Claim,
  { nowMs, busyUntilMs }: ClaimTimes,
): ClaimDecision => {
  if (!entry) return take(claim, { revision: 1, busyUntilMs, sharedUntilMs: 0 });
  if (entry.version > claim.version) return { outcome: 'stale' };
  const revision = entry.revision + 1;
  if (entry.version < claim.version) {
    if (entry.busyUntilMs > nowMs) return { outcome: 'busy', busyUntilMs: entry.busyUntilMs };
    return take(claim, { revision, busyUntilMs, sharedUntilMs: 0 });
  }
  if (entry.acknowledged) return { outcome: 'stale' };
  // The same version: whoever claimed it before may still be sending it, and keeps the key busy as long.
  const sharedUntilMs = entry.busyUntilMs;
  return take(claim, { revision, busyUntilMs: Math.max(busyUntilMs, sharedUntilMs), sharedUntilMs });
};

/** The entry after a release, if it is still at the revision that the claim left. */
export const releasedEntry = ({ held, acknowledged }: Release, busyUntilMs: number): GuardEntry => ({
  version: held.version,
  deleted: held.deleted,
  busyUntilMs: Math.max(busyUntilMs, held.sharedUntilMs),
  acknowledged,
  revision: held.revision + 1,
});

const take = (
  claim: Claim,
  times: { revision: number; busyUntilMs: number; sharedUntilMs: number },
): ClaimDecision => ({
  outcome: 'take',
  entry: {
    version: claim.version,
    deleted: claim.deleted,
    busyUntilMs: times.busyUntilMs,
    acknowledged: false,
    revision: times.revision,
  },
  held: { ...claim, revision: times.revision, sharedUntilMs: times.sharedUntilMs },
});
