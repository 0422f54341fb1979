/**
 * How long something in a shared store has stood still, as far as this process has looked. It compares no clocks of
 * two machines: only revisions, and durations by the looker's own clock. What nobody looked at proves nothing, so
 * that a looker who was suspended, or could not reach the store, does not take its own absence for the others'.
 */
export class Stillness {
  readonly #maxGapMs: number;
  #revision: number | undefined;
  #lookedAtMs = 0;
  #stillMs = 0;

  constructor(options: {
    /** Required. The most that the time between two looks counts for. */
    maxGapMs: number;
  }) {
    this.#maxGapMs = options.maxGapMs;
  }

  /** Takes note of a revision that was just read, by a steady clock; answers for how long it has been the same. */
  look(revision: number, nowMs: number): number {
    const gapMs = Math.max(0, Math.min(nowMs - this.#lookedAtMs, this.#maxGapMs));
    this.#stillMs = revision === this.#revision ? this.#stillMs + gapMs : 0;
    this.#revision = revision;
    this.#lookedAtMs = nowMs;
    return this.#stillMs;
  }
}
