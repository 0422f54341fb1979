import { pause } from '../core/index.ts';
import { backoffMs } from './backoff.ts';
import { isTransient } from './is-transient.ts';
import { RelayCounters, type RelayCounts } from './relay-counters.ts';
import type { RelayEvent } from './relay-event.ts';
import type { Grant } from './relay-lease.ts';
import type { RelayParts } from './relay-parts.ts';
import { type Load, RelayTerm } from './relay-term.ts';
import { RelayTrouble, type Trouble } from './relay-trouble.ts';

/** What a relay works with, and its name. */
export interface RelayOptions extends RelayParts {
  /** Required. Unique among the relays of one outbox, and telling: host and process. */
  readonly holder: string;
}

/** How one relay goes. */
export interface RelayProgress extends Load {
  /** Interrupted: it can neither lead nor stand by at the moment, and tries again. */
  readonly state: 'standing-by' | 'leading' | 'interrupted' | 'stopped';
  /** While it leads. */
  readonly epoch: number | undefined;
  readonly counts: RelayCounts;
  /** What keeps it from its work at the moment. */
  readonly trouble: Trouble | undefined;
}

/** Rows that nobody acknowledged yet, and since when the oldest waits. */
export interface RelayLag {
  readonly rows: number;
  readonly seconds: number;
}

/** How one relay goes, and how far behind publishing is, whoever leads. */
export interface RelayStatus extends RelayProgress {
  readonly lag: RelayLag;
}

const NO_LOAD: Load = { bufferedRows: 0, bufferedBytes: 0, requests: 0 };

/**
 * Publishes an outbox to the streams: nothing is lost, and a key's events stay in order up to repetitions
 * (laws 5 and 6). Any number of relays may run; one leads, the others stand by.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #counters = new RelayCounters();
  readonly #trouble = new RelayTrouble();
  #state: RelayProgress['state'] = 'stopped';
  #term: RelayTerm | undefined;
  #epoch: number | undefined;

  constructor(options: RelayOptions) {
    this.#options = { ...options, observe: (event) => this.#observe(event, options) };
  }

  /**
   * Leads whenever it may, until `signal` aborts; then finishes what is under way and lets another one lead.
   * Whatever may pass (MongoDB out of reach, the lease lost) is waited for and begun again.
   * @throws an error that no waiting mends.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, settings } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#attempt(signal);
        failures = 0;
      } catch (error) {
        if (!isTransient(error)) throw error;
        failures += 1;
        this.#state = 'interrupted';
        const retryInMs = backoffMs(failures, settings.restart, random);
        this.#options.observe({ type: 'interrupted', error, retryInMs });
        await pause(clock, retryInMs, signal);
      }
    }
    this.#state = 'stopped';
    this.#options.observe({ type: 'stopped' });
  }

  /** How this relay goes, without asking anybody. */
  get progress(): RelayProgress {
    const counts = this.#counters.counts(this.#options.clock.nowMs());
    const { current: trouble } = this.#trouble;
    return { state: this.#state, epoch: this.#epoch, ...(this.#term?.load ?? NO_LOAD), counts, trouble };
  }

  /** How far behind publishing is, whoever leads. */
  async lag(): Promise<RelayLag> {
    const { rows, oldestCreatedAtMs } = await this.#options.feed.backlog();
    const nowMs = this.#options.clock.nowMs();
    const waitedMs = oldestCreatedAtMs === undefined ? 0 : nowMs - oldestCreatedAtMs;
    return { rows, seconds: Math.max(0, waitedMs / 1000) };
  }

  /** `progress` and `lag` together. */
  async status(): Promise<RelayStatus> {
    return { ...this.progress, lag: await this.lag() };
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { lease, holder, clock, settings } = this.#options;
    const grant = await lease.acquire(holder);
    if (grant) return this.#lead(grant, signal);
    if (this.#state !== 'standing-by') this.#options.observe({ type: 'standing-by' });
    this.#state = 'standing-by';
    await pause(clock, settings.standByMs, signal);
  }

  async #lead(grant: Grant, signal: AbortSignal): Promise<void> {
    this.#state = 'leading';
    this.#epoch = grant.epoch;
    this.#term = new RelayTerm(this.#options, grant, this.#trouble);
    this.#options.observe({ type: 'leading', epoch: grant.epoch });
    try {
      await this.#term.run(signal);
    } finally {
      this.#state = 'stopped';
      this.#epoch = undefined;
      this.#term = undefined;
    }
  }

  #observe(event: RelayEvent, { observe, clock }: RelayOptions): void {
    const nowMs = clock.nowMs();
    this.#counters.count(event, nowMs);
    this.#trouble.note(event, nowMs);
    observe(event);
  }
}
