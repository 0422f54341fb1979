/**
 * Lets so many in at once, and turns the next away at once: a candidate that fails must not take the control down
 * with it. It bounds what is under way, and not a rate, so that a quick control may take over everything.
 */
export class Bulkhead {
  readonly #maxAtOnce: number;
  #inside = 0;

  constructor(maxAtOnce: number) {
    this.#maxAtOnce = maxAtOnce;
  }

  get full(): boolean {
    return this.#inside >= this.#maxAtOnce;
  }

  /** Answers how to leave, or `undefined` when it is full. */
  enter(): (() => void) | undefined {
    if (this.full) return undefined;
    this.#inside++;
    let inside = true;
    return () => {
      if (inside) this.#inside--;
      inside = false;
    };
  }
}
