import type { Mismatch } from './compare.ts';

/** Mismatches that are kept whole; the others are counted. */
const KEPT = 100;

/** Counts what a comparison finds, in memory that does not grow with it. */
export class Tally {
  compared = 0;
  scanned = 0;
  settled = 0;
  rejected = 0;
  mismatches = 0;
  readonly first: Mismatch[] = [];

  mismatch(mismatch: Mismatch): void {
    this.mismatches += 1;
    if (this.first.length < KEPT) this.first.push(mismatch);
  }

  /** The numbers alone, for progress. */
  counts(): { [name: string]: number } {
    const { compared, scanned, settled, rejected, mismatches } = this;
    return { compared, scanned, settled, rejected, mismatches };
  }
}
