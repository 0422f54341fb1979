import { setTimeout as delay } from 'node:timers/promises';

/** Time, as handed to everything that needs it, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Optional: defaults to `nowMs`. Milliseconds since some moment, which no change of the date moves; they may stand
   * still while the machine sleeps.
   */
  steadyMs?(): number;
}

/** A time to measure durations of this process by, which no change of the date moves. */
export const steadyMs = (clock: Clock): number => clock.steadyMs?.() ?? clock.nowMs();

/** Sleeps for `ms` milliseconds or until `signal` aborts, and resolves either way: for loops that look at the signal. */
export const pause = async (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
  await clock.sleep(ms, signal).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
};

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  steadyMs: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  },
};

interface Sleeper {
  atMs: number;
  wake(): void;
}

/** A clock that only moves when told to; sleepers wake in the order of their times. */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #sleepers: Sleeper[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const giveUp = () => {
        this.#forget(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const sleeper = { atMs: this.#nowMs + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Moves time forward by `ms`, waking each sleeper at its own moment and letting what it started settle. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await new Promise((settled) => setImmediate(settled));
      const next = this.#earliest();
      if (!next || next.atMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#forget(next);
      next.wake();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Moves time forward by `ms` while nobody wakes, as when a machine was suspended: sleepers are late then. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Of those with the same time, the one who slept first. */
  #earliest(): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (!earliest || sleeper.atMs < earliest.atMs) earliest = sleeper;
    return earliest;
  }

  #forget(sleeper: Sleeper): void {
    const at = this.#sleepers.indexOf(sleeper);
    if (at >= 0) this.#sleepers.splice(at, 1);
  }
}
