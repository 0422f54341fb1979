import type { Clock } from '../../../services/core/index.ts';

interface Sleeper {
  readonly atMs: number;
  /** Breaks ties: who slept first wakes first. */
  readonly turn: number;
  wake: (() => void) | undefined;
}

/** The time of a simulated world: it stands still until everything that could happen at its moment has happened. */
export class SimulatedClock implements Clock {
  #nowMs: number;
  #turns = 0;
  /** A binary heap, the earliest first. */
  readonly #sleepers: Sleeper[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const giveUp = () => {
        sleeper.wake = undefined;
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const sleeper: Sleeper = { atMs: this.#nowMs + Math.max(0, ms), turn: this.#turns++, wake };
      this.#push(sleeper);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Lets `ms` milliseconds pass, with all that happens in them. */
  async run(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = this.#pop(untilMs);
      if (!next) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake?.();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Everything stands still for `ms` milliseconds, and then is late. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) return;
      swap(heap, at, parent);
      at = parent;
    }
  }

  /** The next sleeper that still sleeps, if it is due. */
  #pop(untilMs: number): Sleeper | undefined {
    const heap = this.#sleepers;
    for (;;) {
      const first = heap[0];
      if (!first || (first.wake && first.atMs > untilMs)) return undefined;
      const last = heap.pop();
      if (last && heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      if (first.wake) return first;
    }
  }
}

/** Once every promise that can settle at this moment has settled: nothing in a world waits for anything but the clock. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isBefore = (a: Sleeper | undefined, b: Sleeper | undefined): boolean =>
  a !== undefined && b !== undefined && (a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn));

const swap = (heap: Sleeper[], a: number, b: number): void => {
  const [first, second] = [heap[a], heap[b]];
  if (!first || !second) return;
  heap[a] = second;
  heap[b] = first;
};

const sink = (heap: Sleeper[]): void => {
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const child = isBefore(heap[right], heap[left]) ? right : left;
    if (!isBefore(heap[child], heap[at])) return;
    swap(heap, at, child);
    at = child;
  }
};
