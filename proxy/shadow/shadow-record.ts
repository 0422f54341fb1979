import type { ShadowTotals } from '../metrics/readings.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import type { FieldPath } from './field-path.ts';
import { isNoise } from './noise.ts';
import { redacted, shown } from './redact.ts';

/** A difference as it is kept: what may not be shown is reduced to its shape. */
export interface Sample {
  readonly atMs: number;
  readonly kind: DifferenceKind;
  readonly control: unknown;
  readonly candidate: unknown;
}

/** What is known of one field that differed at least once. */
export interface FieldReport {
  readonly field: string;
  /** Comparisons in which the sides differed there. */
  readonly differed: number;
  /** Pairs of the control's own answers that differed there. */
  readonly differedInControl: number;
  /** Whether the one is no more than the other: then it makes no mismatch. */
  readonly noise: boolean;
  /** The newest last. */
  readonly samples: readonly Sample[];
}

/** What shadowing a route has found. */
export interface ShadowReport extends ShadowTotals {
  /** Pairs of the control's own answers, by which noise is known. */
  readonly controlPairs: number;
  /** What was not compared, by why. */
  readonly skipped: { readonly [why: string]: number };
  /** Real differences before noise, and the most frequent first. */
  readonly fields: readonly FieldReport[];
}

/**
 * Why an answer was not compared. `full`: the queue was; `failed`: so did the comparison, as of what is nested
 * too deep; the others say what became of an answer.
 */
export type SkipReason =
  | 'full'
  | 'too-large'
  | 'cut-off'
  | 'undecodable'
  | 'control-failed'
  | 'breaker-open'
  | 'failed';

/** Fields that are told apart; a body whose field names are data would fill the memory. */
const MAX_FIELDS = 100;
export const OTHER_FIELDS = 'other';
const MAX_SAMPLES = 3;

interface Field {
  differed: number;
  differedInControl: number;
  samples: Sample[];
}

/** Counts and keeps what comparing a route's answers finds, within bounds. */
export class ShadowRecord {
  readonly #mayShow: (path: FieldPath) => boolean;
  readonly #fields = new Map<string, Field>();
  readonly #skipped = new Map<SkipReason, number>();
  #controlPairs = 0;
  #compared = 0;
  #differed = 0;
  #mismatched = 0;

  constructor(options: {
    /** Whether a field's values may be kept as they are. */
    mayShow: (path: FieldPath) => boolean;
  }) {
    this.#mayShow = options.mayShow;
  }

  get controlPairs(): number {
    return this.#controlPairs;
  }

  /** Two answers of the control to one request were compared: what differs is noise. */
  learned(differences: readonly Difference[]): void {
    this.#controlPairs++;
    for (const name of namesOf(differences)) this.#field(name).differedInControl++;
  }

  /**
   * The answers of both sides were compared. Answers the fields that make a mismatch, without noise; while
   * `counts` is false noise is still being learnt, and nothing is held against the candidate.
   */
  compared(
    differences: readonly Difference[],
    options: { atMs: number; counts: boolean },
  ): readonly string[] {
    this.#differed++;
    for (const name of namesOf(differences)) this.#field(name).differed++;
    for (const difference of differences) this.#keep(difference, options.atMs);
    if (!options.counts) return [];
    this.#compared++;
    const real = [...namesOf(differences)]
      .map((name) => this.#name(name))
      .filter((name) => !this.#isNoise(name));
    if (real.length > 0) this.#mismatched++;
    return [...new Set(real)];
  }

  skipped(why: SkipReason): void {
    this.#skipped.set(why, (this.#skipped.get(why) ?? 0) + 1);
  }

  totals(): ShadowTotals {
    return { compared: this.#compared, mismatched: this.#mismatched };
  }

  report(): ShadowReport {
    const fields = [...this.#fields].map(([field, { differed, differedInControl, samples }]) => ({
      field,
      differed,
      differedInControl,
      noise: this.#isNoise(field),
      samples,
    }));
    return {
      ...this.totals(),
      controlPairs: this.#controlPairs,
      skipped: Object.fromEntries(this.#skipped),
      fields: fields.sort((a, b) => Number(a.noise) - Number(b.noise) || b.differed - a.differed),
    };
  }

  #isNoise(name: string): boolean {
    const { differed = 0, differedInControl = 0 } = this.#fields.get(name) ?? {};
    return isNoise({
      controlPairs: this.#controlPairs,
      differedInControl,
      compared: this.#differed,
      differed,
    });
  }

  #name(field: string): string {
    return this.#fields.has(field) || this.#fields.size < MAX_FIELDS ? field : OTHER_FIELDS;
  }

  #field(name: string): Field {
    const key = this.#name(name);
    const known = this.#fields.get(key);
    if (known) return known;
    const field: Field = { differed: 0, differedInControl: 0, samples: [] };
    this.#fields.set(key, field);
    return field;
  }

  #keep({ field, path, kind, control, candidate }: Difference, atMs: number): void {
    const { samples } = this.#field(field);
    const harmless = kind === 'length' || kind === 'unanswered' || field === 'status' || this.#mayShow(path);
    const keep = harmless ? shown : redacted;
    samples.push({ atMs, kind, control: keep(control), candidate: keep(candidate) });
    if (samples.length > MAX_SAMPLES) samples.shift();
  }
}

/** Each field once, however many elements of a list differ in it. */
const namesOf = (differences: readonly Difference[]): ReadonlySet<string> =>
  new Set(differences.map(({ field }) => field));
