import { decideClaim, releasedEntry } from './decide-claim.ts';
import type { Claim, ClaimOutcome, ClaimTimes, GuardEntry, Release, VersionGuard } from './version-guard.ts';

/** A version guard for one process. */
export class MemoryVersionGuard implements VersionGuard {
  readonly #entries = new Map<string, GuardEntry>();

  async claim(claims: readonly Claim[], times: ClaimTimes): Promise<ClaimOutcome[]> {
    return claims.map((claim) => {
      const decision = decideClaim(this.#entries.get(claim.key), claim, times);
      if (decision.outcome !== 'take') return decision;
      this.#entries.set(claim.key, decision.entry);
      return { outcome: 'claimed', held: decision.held };
    });
  }

  async release(releases: readonly Release[], busyUntilMs: number): Promise<void> {
    for (const release of releases) {
      const { key, revision } = release.held;
      if (this.#entries.get(key)?.revision !== revision) continue;
      this.#entries.set(key, releasedEntry(release, busyUntilMs));
    }
  }

  async read(keys: readonly string[]): Promise<(GuardEntry | undefined)[]> {
    return keys.map((key) => this.#entries.get(key));
  }
}
