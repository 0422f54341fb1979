import { BanyanError, UsageError } from '../core/index.ts';

/** The database cannot do transactions, so nothing can be published safely from it. */
export class StandaloneError extends UsageError {
  constructor() {
    super(
      'MongoDB runs standalone, and an outbox needs transactions and change streams: start mongod with ' +
        '--replSet rs0, run rs.initiate() once, and add ?replicaSet=rs0 to the connection string',
      { code: 'standalone' },
    );
  }
}

/**
 * A document or a change that cannot be written through the outbox; the message says what to do instead. Codes:
 * `bad-field`, `bad-slice`, `event-too-large`, `reserved-key`; of the Mongoose plugin `no-transaction`,
 * `unpublishable-method`, `upsert-without-id`, `two-entities`, `other-collection`.
 */
export class UnpublishableError extends BanyanError {
  /** The one that it was to be written to. */
  readonly collection: string;

  constructor(code: string, collection: string, message: string) {
    super(code, `${collection}: ${message}`);
    this.collection = collection;
  }
}

/** The resume token is older than what MongoDB still knows: the stream goes on from now, the sweeper has the rest. */
export class ResumeTokenLostError extends BanyanError {
  constructor(cause: unknown) {
    super('resume-token-lost', 'the change stream cannot be resumed from where it was', { cause });
  }
}

/** Another relay leads now; nothing that this one wanted to store was stored. */
export class LeaseLostError extends BanyanError {
  /** The term of leadership that is over. */
  readonly epoch: number;

  constructor(holder: string, epoch: number) {
    super('lease-lost', `${holder} leads no longer: its epoch ${epoch} is over`, { retryable: true });
    this.epoch = epoch;
  }
}
