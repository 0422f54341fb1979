import type { Version } from '../core/index.ts';

/** `claimed`: go and write. `stale`: something newer was claimed. `busy`: another version is being written. */
export type ClaimOutcome = 'claimed' | 'stale' | { readonly busyUntilMs: number };

/** A key and the version that wants to be written. */
export interface Claim {
  readonly key: string;
  readonly version: Version;
}

/**
 * Gives the write law to a store without conditions (law 1): it holds each key's version, and until when a
 * write of it may still be under way. Entries outlive tombstones. Times are milliseconds since the epoch.
 */
export interface VersionGuard {
  /**
   * Takes each claim whose version is above the guarded one and whose key is not busy, or whose version equals
   * it (the same content may be sent again), and marks the key busy until `busyUntilMs`.
   */
  claim(claims: readonly Claim[], busyUntilMs: number): Promise<ClaimOutcome[]>;
  /** Shortens the busy time of claims that are still the guarded version to `busyUntilMs`. */
  release(claims: readonly Claim[], busyUntilMs: number): Promise<void>;
}
