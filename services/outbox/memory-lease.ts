import type { Clock } from '../core/index.ts';
import { LeaseLostError } from './errors.ts';
import type { ResumeToken } from './outbox-feed.ts';
import type { Grant, RelayLease } from './relay-lease.ts';

interface Shared {
  epoch: number;
  expiresAtMs: number;
  token: ResumeToken | null;
}

/** A lease in memory, for relays of one process that are handed the same one, or share its state. */
export class MemoryLease implements RelayLease {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #shared: Shared;

  /** `shared`: Optional: defaults to a lease of its own. Another lease, for one that lasts longer or shorter. */
  constructor(options: { clock: Clock; ttlMs: number; shared?: MemoryLease }) {
    this.#clock = options.clock;
    this.#ttlMs = options.ttlMs;
    this.#shared = options.shared ? options.shared.#shared : { epoch: 0, expiresAtMs: 0, token: null };
  }

  async acquire(holder: string): Promise<Grant | undefined> {
    if (this.#clock.nowMs() < this.#shared.expiresAtMs) return undefined;
    this.#shared.epoch += 1;
    this.#shared.expiresAtMs = this.#clock.nowMs() + this.#ttlMs;
    return { holder, epoch: this.#shared.epoch, token: this.#shared.token };
  }

  async renew(grant: Grant, token: ResumeToken | null): Promise<void> {
    if (grant.epoch !== this.#shared.epoch) throw new LeaseLostError(grant.holder, grant.epoch);
    this.#shared.token = token ?? this.#shared.token;
    this.#shared.expiresAtMs = this.#clock.nowMs() + this.#ttlMs;
  }

  async release(grant: Grant, token: ResumeToken | null): Promise<void> {
    await this.renew(grant, token);
    this.#shared.expiresAtMs = 0;
  }
}
