import type { Orders } from '../orders.ts';
import { FixedRate } from './fixed-rate.ts';
import { rateText } from './rate.ts';
import type { BatchSize, Delay, Throttle } from './throttle.ts';

/** Paused until somebody says otherwise: looked at again long before. */
const PAUSED_MS = 3_600_000;

/** What operators ordered: a pause, or a rate, of which every worker takes an even share. */
export class OperatorThrottle implements Throttle {
  #orders: Orders = {};
  #workers = 1;
  #rate: FixedRate | undefined;

  /** `workers`: Required. How many work on the run at the moment, this one included. */
  obey(orders: Orders, workers: number): void {
    const { rate } = orders;
    const before = this.#orders.rate;
    const same =
      rate?.perSecond === before?.perSecond && rate?.unit === before?.unit && workers === this.#workers;
    if (!same) this.#rate = rate && new FixedRate({ ...rate, perSecond: rate.perSecond / workers });
    this.#orders = orders;
    this.#workers = workers;
  }

  delay(nowMs: number): Delay | undefined {
    const { paused, rate } = this.#orders;
    if (paused) {
      return { ms: PAUSED_MS, reason: `paused by ${paused.by} since ${new Date(paused.atMs).toISOString()}` };
    }
    const delay = this.#rate?.delay(nowMs);
    if (!delay || !rate) return undefined;
    const shared = this.#workers > 1 ? ` over ${this.#workers} workers` : '';
    return { ms: delay.ms, reason: `${rate.by} allows ${rateText(rate)}${shared}` };
  }

  admitted(batch: BatchSize, nowMs: number): void {
    this.#rate?.admitted(batch, nowMs);
  }
}
