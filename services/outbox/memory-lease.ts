import type { Clock } from '../core/index.ts';
import { LeaseLostError } from './errors.ts';
import type { ResumeToken } from './outbox-feed.ts';
import type { Grant, RelayLease } from './relay-lease.ts';

/** A lease in memory, for relays of one process. */
export class MemoryLease implements RelayLease {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  #epoch = 0;
  #expiresAtMs = 0;
  #token: ResumeToken | null = null;

  constructor(options: { clock: Clock; ttlMs: number }) {
    this.#clock = options.clock;
    this.#ttlMs = options.ttlMs;
  }

  async acquire(holder: string): Promise<Grant | undefined> {
    if (this.#clock.nowMs() < this.#expiresAtMs) return undefined;
    this.#epoch += 1;
    this.#expiresAtMs = this.#clock.nowMs() + this.#ttlMs;
    return { holder, epoch: this.#epoch, token: this.#token };
  }

  async renew(grant: Grant, token: ResumeToken | null): Promise<void> {
    if (grant.epoch !== this.#epoch) throw new LeaseLostError(grant.holder, grant.epoch);
    this.#token = token ?? this.#token;
    this.#expiresAtMs = this.#clock.nowMs() + this.#ttlMs;
  }

  async release(grant: Grant, token: ResumeToken | null): Promise<void> {
    await this.renew(grant, token);
    this.#expiresAtMs = 0;
  }
}
