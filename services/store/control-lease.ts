import { steadyMs } from '../core/clock.ts';
import { type Clock, messageOf } from '../core/index.ts';
import { type ControlStore, RevisionConflictError } from './control-store.ts';
import { Stillness } from './stillness.ts';

/** A lease as it stands in the control store. */
export interface StoredLease {
  /** Who leads; `null` when the last one has let go. */
  readonly holder: string | null;
  /** Counts the terms. */
  readonly epoch: number;
}

interface Term {
  readonly epoch: number;
  readonly revision: number;
  /** Before the write that began or renewed it was sent: by the date, and by what no change of it moves. */
  readonly fromMs: number;
  readonly fromSteadyMs: number;
}

/**
 * Lets one of many processes lead, by a key of the control store. A leader renews; others take over once the key
 * has stood still for `ttlMs` while they looked. It is a means to do work once, and not by itself a fence: what
 * a leader writes is fenced by the revisions that it names.
 */
export class ControlLease {
  readonly #store: ControlStore;
  readonly #key: string;
  readonly #holder: string;
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #stillness: Stillness;
  #term: Term | undefined;

  constructor(options: {
    store: ControlStore;
    key: string;
    /** Required. Unique among those who want to lead. */
    holder: string;
    /** Required. How long a leader leads without renewing; call `hold` several times in it. */
    ttlMs: number;
    clock: Clock;
  }) {
    this.#store = options.store;
    this.#key = options.key;
    this.#holder = options.holder;
    this.#ttlMs = options.ttlMs;
    this.#clock = options.clock;
    this.#stillness = new Stillness({ maxGapMs: options.ttlMs / 2 });
  }

  /** Whether this process leads, by its own clock: asked before what only a leader may do. */
  get leads(): boolean {
    return this.#term !== undefined && this.#ageMs(this.#term) < this.#ttlMs;
  }

  /**
   * Goes on leading, or begins to when nobody else does; answers the term, or `undefined` while another leads.
   * @throws what the store throws; a term that nobody could renew in time is over.
   */
  async hold(): Promise<{ readonly epoch: number } | undefined> {
    if (this.#term && !this.leads) this.#term = undefined;
    if (this.#term && this.#ageMs(this.#term) < this.#ttlMs / 3) return this.#term;
    if (this.#term) return this.#write(this.#term.epoch, this.#term.revision);
    const stored = await this.#store.get<StoredLease>(this.#key);
    if (!stored) return this.#write(1, 0);
    const { value, revision } = stored;
    const stillMs = this.#stillness.look(revision, steadyMs(this.#clock));
    if (value.holder !== null && stillMs < this.#ttlMs) return undefined;
    return this.#write(value.epoch + 1, revision);
  }

  /** Lets another lead at once. Never throws: who cannot let go is found still soon enough. */
  async release(): Promise<string | undefined> {
    const term = this.#term;
    this.#term = undefined;
    if (!term) return undefined;
    const free: StoredLease = { holder: null, epoch: term.epoch };
    try {
      await this.#store.put(this.#key, free, term.revision);
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  /** The longer one: a clock that is set back makes no term longer, nor does a machine that slept. */
  #ageMs({ fromMs, fromSteadyMs }: Term): number {
    return Math.max(this.#clock.nowMs() - fromMs, steadyMs(this.#clock) - fromSteadyMs);
  }

  async #write(epoch: number, expectedRevision: number): Promise<Term | undefined> {
    const began = { fromMs: this.#clock.nowMs(), fromSteadyMs: steadyMs(this.#clock) };
    const lease: StoredLease = { holder: this.#holder, epoch };
    try {
      const revision = await this.#store.put(this.#key, lease, expectedRevision);
      this.#term = { epoch, revision, ...began };
      return this.#term;
    } catch (thrown) {
      if (!(thrown instanceof RevisionConflictError)) throw thrown;
      this.#term = undefined;
      return undefined;
    }
  }
}
