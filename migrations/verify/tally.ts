import { canonicalJson } from './canonical-json.ts';
import type { Difference, Mismatch } from './compare.ts';
import type { KnownReject } from './known-rejects.ts';
import { ReportedKeys } from './reported-keys.ts';

/** Mismatches that are kept whole; of the others the key, and what is beyond that is counted. */
const KEPT_WHOLE = 100;
/** Large documents are not kept whole a hundred times. */
const KEPT_CHARACTERS = 4_000_000;
const KEPT_KEYS = 100_000;

/** How many keys differ in each way; a key may do so in several. */
export type KindCounts = { readonly [kind in Difference['kind']]?: number };

/** Counts what a comparison finds, in memory that does not grow with it. */
export class Tally {
  compared = 0;
  scanned = 0;
  settled = 0;
  mismatches = 0;
  /** Keys that differed, and had no time to settle. */
  unsettled = 0;
  readonly first: Mismatch[] = [];
  readonly firstRejected: KnownReject[] = [];
  readonly keys: string[] = [];
  readonly kinds: { [kind in Difference['kind']]?: number } = {};
  readonly #reported = new ReportedKeys();
  /** All of them, since a key may be met from both sides: they are in memory anyway, as read from the quarantine. */
  readonly #rejected = new Set<string>();
  #characters = 0;

  hasReported(key: string): boolean {
    return this.#reported.has(key);
  }

  /** Keys that differ, and are in quarantine as the source has them. */
  get rejected(): number {
    return this.#rejected.size;
  }

  reject(known: KnownReject): void {
    if (this.#rejected.has(known.key)) return;
    this.#rejected.add(known.key);
    if (this.firstRejected.length < KEPT_WHOLE) this.firstRejected.push(known);
  }

  mismatch(mismatch: Mismatch): void {
    this.mismatches += 1;
    for (const kind of new Set(mismatch.differences.map((difference) => difference.kind))) {
      this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    }
    if (this.first.length < KEPT_WHOLE && this.#characters < KEPT_CHARACTERS) {
      this.first.push(mismatch);
      this.#characters += canonicalJson(mismatch).length;
    }
    this.#report(mismatch.key);
  }

  unsettledKey(key: string): void {
    this.unsettled += 1;
    this.#report(key);
  }

  /** The numbers alone, for progress. */
  counts(): { [name: string]: number } {
    const { compared, scanned, settled, rejected, mismatches } = this;
    return { compared, scanned, settled, rejected, mismatches };
  }

  /** Everything, for a result. */
  found() {
    const { unsettled, kinds, first, firstRejected, keys } = this;
    const { compared, scanned, settled, rejected, mismatches } = this;
    return { compared, mismatches, unsettled, settled, rejected, scanned, kinds, first, firstRejected, keys };
  }

  #report(key: string): void {
    this.#reported.add(key);
    if (this.keys.length < KEPT_KEYS) this.keys.push(key);
  }
}
