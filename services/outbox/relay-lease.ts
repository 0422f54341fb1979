import type { ResumeToken } from './outbox-feed.ts';
import type { Trouble } from './relay-trouble.ts';

/** A term of leadership. Epochs only go up: whoever holds an older one leads no longer. */
export interface Grant {
  /** Who leads. */
  readonly holder: string;
  /** Counts the terms. */
  readonly epoch: number;
  /** Where the leader before stood; `null` when there was none. */
  readonly token: ResumeToken | null;
}

/** Lets one relay at a time lead, and keeps where it stands. */
export interface RelayLease {
  /** Leads from now on unless somebody else does. */
  acquire(holder: string): Promise<Grant | undefined>;
  /**
   * Goes on leading, and stores how far the outbox is published (`null` leaves what is stored). `trouble` is
   * for people who look at the lease: an adapter may leave it out.
   * @throws LeaseLostError when a later epoch has begun; nothing was stored.
   */
  renew(grant: Grant, token: ResumeToken | null, trouble?: Trouble): Promise<void>;
  /**
   * As `renew`, and lets the next one lead at once.
   * @throws LeaseLostError when a later epoch has begun; nothing was stored.
   */
  release(grant: Grant, token: ResumeToken | null): Promise<void>;
}
