import type { Collection, Db, Document } from 'mongodb';
import { LeaseLostError } from './errors.ts';
import type { ResumeToken } from './outbox-feed.ts';
import type { Grant, RelayLease } from './relay-lease.ts';
import type { Trouble } from './relay-trouble.ts';

/** The one document of a lease's collection: who leads, and how far is published. */
export interface LeaseRow {
  readonly _id: 'outbox';
  readonly holder: string | null;
  readonly epoch: number;
  readonly expiresAt: Date;
  readonly token: ResumeToken | null;
  readonly tokenSavedAt: Date | null;
  /** What kept the leader from its work when it renewed last. */
  readonly trouble?: { readonly message: string; readonly since: Date } | null;
}

/** Where a lease is kept: each has a collection of its own, and the relay's is the default. */
export const leasesOf = (db: Db, name = '_banyan_relay'): Collection<LeaseRow> =>
  db.collection<LeaseRow>(name);

const MAJORITY = { writeConcern: { w: 'majority' } } as const;

/** A lease in MongoDB, timed by MongoDB's own clock: the relays' clocks do not matter. */
export class MongoLease implements RelayLease {
  readonly #leases: Collection<LeaseRow>;
  readonly #ttlMs: number;

  /** `name`: Optional: defaults to the relay's lease. */
  constructor(options: { db: Db; ttlMs: number; name?: string }) {
    this.#leases = leasesOf(options.db, options.name);
    this.#ttlMs = options.ttlMs;
  }

  async acquire(holder: string): Promise<Grant | undefined> {
    await this.#ensureExists();
    const row = await this.#leases.findOneAndUpdate(
      { _id: 'outbox', $expr: { $lt: ['$expiresAt', '$$NOW'] } },
      [{ $set: { ...led(holder), expiresAt: this.#expiry() } }],
      { returnDocument: 'after', ...MAJORITY },
    );
    return row ? { holder, epoch: row.epoch, token: row.token } : undefined;
  }

  async renew(grant: Grant, token: ResumeToken | null, trouble?: Trouble): Promise<void> {
    await this.#write(grant, { ...saved(token), ...noted(trouble), expiresAt: this.#expiry() });
  }

  async release(grant: Grant, token: ResumeToken | null): Promise<void> {
    await this.#write(grant, { ...saved(token), holder: null, expiresAt: new Date(0) });
  }

  /** Fenced: a later epoch makes the filter miss. */
  async #write(grant: Grant, fields: Document): Promise<void> {
    const { matchedCount } = await this.#leases.updateOne(
      { _id: 'outbox', epoch: grant.epoch },
      [{ $set: fields }],
      MAJORITY,
    );
    if (matchedCount === 0) throw new LeaseLostError(grant.holder, grant.epoch);
  }

  #expiry(): Document {
    return { $add: ['$$NOW', this.#ttlMs] };
  }

  async #ensureExists(): Promise<void> {
    const nobody = { holder: null, epoch: 0, expiresAt: new Date(0), token: null, tokenSavedAt: null };
    await this.#leases.updateOne({ _id: 'outbox' }, { $setOnInsert: nobody }, { upsert: true, ...MAJORITY });
  }
}

const led = (holder: string): Document => ({
  holder: { $literal: holder },
  epoch: { $add: ['$epoch', 1] },
  trouble: null,
});

const noted = (trouble: Trouble | undefined): Document => ({
  trouble: trouble ? { message: { $literal: trouble.message }, since: new Date(trouble.sinceMs) } : null,
});

const saved = (token: ResumeToken | null): Document =>
  token === null ? {} : { token: { $literal: token }, tokenSavedAt: '$$NOW' };
