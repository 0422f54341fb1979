const WINDOW_MS = 10_000;

/** How much a second, over the last ten: what a run does now, not what it did an hour ago. */
export class RecentRate {
  readonly #startedAtMs: number;
  #noted: { readonly atMs: number; readonly amount: number }[] = [];

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  note(amount: number, nowMs: number): void {
    this.#noted.push({ amount, atMs: nowMs });
  }

  perSecond(nowMs: number): number {
    this.#noted = this.#noted.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    const overMs = Math.min(WINDOW_MS, nowMs - this.#startedAtMs);
    const amount = this.#noted.reduce((sum, one) => sum + one.amount, 0);
    return overMs <= 0 ? 0 : (amount / overMs) * 1_000;
  }
}
