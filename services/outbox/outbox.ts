import type { Db, MongoClient } from 'mongodb';
import type { Clock } from '../core/index.ts';
import { OutboxTransaction } from './outbox-transaction.ts';
import { prepareOutbox } from './prepare-outbox.ts';

/** What an outbox writes with. */
export interface OutboxOptions {
  /** Required. Opens the sessions. */
  readonly client: MongoClient;
  /** Required. Where the entities live; the outbox lives beside them. */
  readonly db: Db;
  /** Required. Versions and rows are stamped by it. */
  readonly clock: Clock;
  /** Required. The producer in the events, as a URI reference: `/monolith`. */
  readonly source: string;
  /**
   * Optional: defaults to none. The W3C trace context of what is under way, which the events carry on; asked for
   * once a transaction. With an OpenTelemetry SDK it is `activeTraceparent`.
   */
  readonly traceparent?: () => string | undefined;
  /** Optional: defaults to one day. How long rows are kept after the stream has them. */
  readonly keepAcknowledgedSeconds?: number;
}

/**
 * The write path of everything that is published: state, version and event in one transaction, so that no
 * event is lost and none tells of what did not happen (laws 2, 4 and 5).
 */
export class Outbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Makes the outbox's collections and indexes; those that exist cost nothing.
   * @throws StandaloneError when MongoDB has no transactions.
   */
  async open(): Promise<void> {
    const { db, keepAcknowledgedSeconds } = this.#options;
    await prepareOutbox(db, keepAcknowledgedSeconds === undefined ? {} : { keepAcknowledgedSeconds });
  }

  /**
   * Runs `work` and commits what it did, majority-committed, or nothing of it when it throws. It runs again
   * when another transaction was in the way, so its only effects must be those in the transaction.
   * `traceparent`: Optional: defaults to the outbox's own. The W3C trace context that its events carry on.
   * @throws what `work` throws; UnpublishableError `event-too-large` or `reserved-key` for a document that no row
   * holds, or that its event would not carry. Nothing is committed then.
   */
  transaction<T>(
    work: (tx: OutboxTransaction) => Promise<T>,
    options: { readonly traceparent?: string | undefined } = {},
  ): Promise<T> {
    const { client, db, clock, source } = this.#options;
    const traceparent = options.traceparent ?? this.#options.traceparent?.();
    return client.withSession((session) =>
      session.withTransaction(
        async () => {
          const tx = new OutboxTransaction({ session, db, clock, source, traceparent });
          const result = await work(tx);
          await tx.flush();
          return result;
        },
        { readConcern: { level: 'majority' }, writeConcern: { w: 'majority' }, readPreference: 'primary' },
      ),
    );
  }
}
