/**
 * The time a batch may take to fill. "The next batching window begins as soon as the previous function invocation
 * completes", so windows follow each other without a gap, and one that ends empty is followed by another.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
export class BatchingWindow {
  readonly #lengthMs: number;
  #endsAtMs: number;

  constructor(options: { readonly lengthMs: number; readonly nowMs: number }) {
    this.#lengthMs = options.lengthMs;
    this.#endsAtMs = options.nowMs + options.lengthMs;
  }

  get endsAtMs(): number {
    return this.#endsAtMs;
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#endsAtMs;
  }

  /** An invocation completed. */
  begin(nowMs: number): void {
    this.#endsAtMs = nowMs + this.#lengthMs;
  }

  /** A first record arrived: windows that ended empty are behind us. */
  skipEmpty(nowMs: number): void {
    if (this.#lengthMs === 0 || nowMs < this.#endsAtMs) return;
    const passed = Math.floor((nowMs - this.#endsAtMs) / this.#lengthMs) + 1;
    this.#endsAtMs += passed * this.#lengthMs;
  }
}
