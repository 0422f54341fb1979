/** How many documents may still be copied: all readers of a worker take from it. */
export class Allowance {
  #left: number;

  /** `documents`: Required. `Infinity` for no limit. */
  constructor(documents: number) {
    this.#left = documents;
  }

  get isUsedUp(): boolean {
    return this.#left === 0;
  }

  /** Takes up to so many, and answers how many there were. */
  take(documents: number): number {
    const taken = Math.min(documents, this.#left);
    this.#left -= taken;
    return taken;
  }
}
