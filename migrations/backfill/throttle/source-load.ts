import { type Clock, messageOf } from '../../../services/core/index.ts';
import type { SourceLimits } from '../../moves/plan.ts';
import type { Delay, Throttle } from './throttle.ts';

/** How busy a source is; what could not be read is absent. */
export interface SourceLoad {
  /** By how much the slowest healthy secondary is behind. */
  readonly replicationLagMs?: number;
  /** Of those that the source allows, from 0 to 1. */
  readonly connectionsShare?: number;
  readonly queuedOperations?: number;
}

/** Looked at again each second. */
const WAIT_MS = 2_000;
const READS_KEPT_MS = 10_000;
/** Fewer reads than that have no 99th percentile worth the name. */
const READS_ENOUGH = 20;

/** Why the source wants the copy to wait; `undefined` when it does not. */
export const overload = (
  load: SourceLoad & { readP99Ms?: number },
  limits: SourceLimits,
): string | undefined => {
  const { replicationLagMs = 0, connectionsShare = 0, queuedOperations = 0, readP99Ms = 0 } = load;
  if (replicationLagMs > limits.replicationLagMs)
    return `the source's secondaries are ${seconds(replicationLagMs)} s behind (at most ${seconds(limits.replicationLagMs)} s)`;
  if (queuedOperations > limits.queuedOperations)
    return `${queuedOperations} operations queue at the source (at most ${limits.queuedOperations})`;
  if (connectionsShare > limits.connectionsShare)
    return `${percent(connectionsShare)} % of the source's connections are taken (at most ${percent(limits.connectionsShare)} %)`;
  if (readP99Ms > limits.readP99Ms)
    return `1 of 100 reads of the source takes over ${Math.round(readP99Ms)} ms (at most ${limits.readP99Ms} ms)`;
  return undefined;
};

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
const percent = (share: number): number => Math.round(share * 100);

/** Waits while the source is busy, by what it says of itself and by how long this worker's own reads take. */
export class SourceThrottle implements Throttle {
  readonly #read: () => Promise<SourceLoad>;
  readonly #limits: SourceLimits;
  readonly #clock: Clock;
  #reads: { readonly atMs: number; readonly tookMs: number }[] = [];
  #reason: string | undefined;

  constructor(options: { read: () => Promise<SourceLoad>; limits: SourceLimits; clock: Clock }) {
    this.#read = options.read;
    this.#limits = options.limits;
    this.#clock = options.clock;
  }

  /** A batch was read. */
  observeRead(tookMs: number): void {
    this.#reads.push({ atMs: this.#clock.nowMs(), tookMs });
  }

  delay(): Delay | undefined {
    return this.#reason === undefined ? undefined : { ms: WAIT_MS, reason: this.#reason };
  }

  /** A source that does not even answer this is not to be read from (law 9). */
  async refresh(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    this.#reads = this.#reads.filter(({ atMs }) => nowMs - atMs < READS_KEPT_MS);
    const readP99Ms = p99(this.#reads.map(({ tookMs }) => tookMs));
    try {
      const load = await this.#read();
      this.#reason = overload(readP99Ms === undefined ? load : { ...load, readP99Ms }, this.#limits);
    } catch (thrown) {
      this.#reason = `the source does not say how busy it is: ${messageOf(thrown)}`;
    }
  }
}

const p99 = (values: readonly number[]): number | undefined => {
  if (values.length < READS_ENOUGH) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1];
};
