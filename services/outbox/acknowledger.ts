import { type Clock, pause } from '../core/index.ts';
import { backoffMs } from './backoff.ts';
import { Bell } from './bell.ts';
import { isTransient } from './is-transient.ts';
import type { OutboxFeed } from './outbox-feed.ts';
import type { ObserveRelay } from './relay-event.ts';
import type { RelaySettings } from './relay-settings.ts';

export interface AcknowledgerOptions {
  readonly feed: OutboxFeed;
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: RelaySettings;
  readonly observe: ObserveRelay;
  /** Told of rows once the outbox knows that they are published. */
  onAcknowledged(ids: readonly string[]): void;
}

/**
 * Marks rows as published, many at a time, by the ids that were sent: a range would cover a row that
 * committed late (law 5).
 */
export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  #ids: string[] = [];
  readonly #bell = new Bell();

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  /** Rows that are published and not marked yet. */
  get rows(): number {
    return this.#ids.length;
  }

  /** The caller adds none twice. */
  add(ids: readonly string[]): void {
    for (const id of ids) this.#ids.push(id);
    this.#bell.ring();
  }

  /** Works until `signal` aborts. @throws when the outbox refuses for good. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#bell.ring(), { once: true });
    const { clock, settings } = this.#options;
    while (!signal.aborted) {
      await this.#bell.wait(clock, Number.POSITIVE_INFINITY);
      if (signal.aborted) return;
      if (this.#ids.length < settings.maxAcknowledged) {
        await pause(clock, settings.acknowledgeEveryMs, signal);
      }
      await this.flush(signal);
    }
  }

  /** Marks what there is now; without a signal it tries each part once. */
  async flush(signal?: AbortSignal): Promise<void> {
    const { settings, onAcknowledged, observe } = this.#options;
    let waiting = this.#ids.length;
    while (waiting > 0) {
      const ids = this.#ids.slice(0, Math.min(waiting, settings.maxAcknowledged));
      if (!(await this.#acknowledge(ids, signal))) return;
      this.#ids = this.#ids.slice(ids.length);
      waiting -= ids.length;
      observe({ type: 'acknowledged', rows: ids.length });
      onAcknowledged(ids);
    }
  }

  /** Answers whether it is done; not, when the signal aborted first. */
  async #acknowledge(ids: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
    const { feed, clock, random, settings, observe } = this.#options;
    for (let failures = 1; ; failures += 1) {
      try {
        await feed.acknowledge(ids);
        return true;
      } catch (error) {
        if (!signal || !isTransient(error)) throw error;
        observe({ type: 'acknowledge-failed', rows: ids.length, error });
        if (signal.aborted) return false;
        await pause(clock, backoffMs(failures, settings.backoff, random), signal);
      }
    }
  }
}
