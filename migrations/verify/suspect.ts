import type { VersionedRecord } from '../../services/core/index.ts';
import type { VersionsFrom } from './compare.ts';
import { digestOf, type Expectation } from './expectation.ts';

/** Records of a key that are remembered: a sink that follows closely shows one of the last few. */
const REMEMBERED = 5;
/** Looks that a key is given which changes between them. */
const LOOKS_AT_A_MOVING_KEY = 8;

export type Judgement = 'settled' | 'wait' | 'mismatch' | 'unsettled';

/** A key that differed when it was compared, and what the source was seen to hold for it since. */
export class Suspect {
  readonly key: string;
  readonly sinceMs: number;
  readonly #versionsFrom: VersionsFrom;
  readonly #firstVersion: number;
  readonly #first: string;
  /** Digests, newest last: records may be large. */
  readonly #seen: string[] = [];
  #looks = 0;
  #moved = false;

  constructor(key: string, sinceMs: number, first: Expectation, versionsFrom: VersionsFrom) {
    this.key = key;
    this.sinceMs = sinceMs;
    this.#versionsFrom = versionsFrom;
    this.#firstVersion = first?.version ?? 0;
    this.#first = digestOf(first, versionsFrom);
    this.#seen.push(this.#first);
  }

  /** Remembers what the source says now, and tells whether the sink shows that or one of the last few records. */
  look(expected: Expectation, stored: VersionedRecord | undefined): boolean {
    const now = digestOf(expected, this.#versionsFrom);
    this.#looks += 1;
    this.#moved ||= now !== this.#first;
    this.#seen.push(now);
    if (this.#seen.length > REMEMBERED) this.#seen.shift();
    return this.#seen.includes(digestOf(stored, this.#versionsFrom));
  }

  /**
   * What is to be said of a key that differs still. One that rests at the source is wrong once its time is up. One
   * that moves gets several looks, and is wrong if the sink is still behind what the source held at the first; a
   * sink that keeps up with it shows versions between the looks, of which nobody knows the state.
   */
  judge(stored: VersionedRecord | undefined, isOverdue: boolean): Judgement {
    if (!isOverdue) return 'wait';
    if (!this.#moved) return 'mismatch';
    if (this.#looks < LOOKS_AT_A_MOVING_KEY) return 'wait';
    return stored && stored.version >= this.#firstVersion ? 'unsettled' : 'mismatch';
  }
}
