import type { Version } from '../core/index.ts';

/** A key and the version that wants to be written; a tombstone's claim is `deleted`. */
export interface Claim {
  readonly key: string;
  readonly version: Version;
  readonly deleted: boolean;
}

/** What the guard holds of a key. */
export interface GuardEntry {
  /** The highest version that was claimed. */
  readonly version: Version;
  readonly deleted: boolean;
  /** Until then a write of `version` may be under way, in milliseconds since the epoch. */
  readonly busyUntilMs: number;
  /** Whether the store is known to have accepted `version`. */
  readonly acknowledged: boolean;
  /** Grows by one with every change of the entry. */
  readonly revision: number;
}

/** A claim that was granted: proof of it for `release`. */
export interface HeldClaim extends Claim {
  readonly revision: number;
  /** Somebody else may be sending the same version until then: the busy time never gets shorter than that. */
  readonly sharedUntilMs: number;
}

/** `stale`: something newer was claimed, or this very version is known to be stored. */
export type ClaimOutcome =
  | { readonly outcome: 'claimed'; readonly held: HeldClaim }
  | { readonly outcome: 'stale' }
  | { readonly outcome: 'busy'; readonly busyUntilMs: number };

export interface ClaimTimes {
  /** Now, by the caller's clock, before the call. */
  readonly nowMs: number;
  /** Until when the caller's write may take effect at the latest. */
  readonly busyUntilMs: number;
}

/** A claim whose write was answered. */
export interface Release {
  readonly held: HeldClaim;
  /** Whether the store accepted the write; a refused one may be sent again. */
  readonly acknowledged: boolean;
}

/**
 * Gives the write law to a store without conditions (law 1): it holds each key's version, and until when a
 * write of it may still be under way. Entries outlive tombstones.
 */
export interface VersionGuard {
  /**
   * Grants each claim whose version is above the guarded one and whose key is not busy, or whose version equals
   * it and is not known to be stored (the same content may be sent again), and marks the key busy. Answers one
   * outcome per claim, in order; a key comes once per call.
   * @throws BanyanError, `retryable`, when the guard does not answer: any part may have been claimed, and may be
   * claimed again.
   */
  claim(claims: readonly Claim[], times: ClaimTimes): Promise<ClaimOutcome[]>;
  /** Shortens the busy time of claims that nobody took since to `busyUntilMs`; leaves every other entry alone. */
  release(releases: readonly Release[], busyUntilMs: number): Promise<void>;
  /** What is guarded, in the order of `keys`. */
  read(keys: readonly string[]): Promise<(GuardEntry | undefined)[]>;
}
