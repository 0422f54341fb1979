import {
  type ChangeStream,
  type ChangeStreamDocument,
  type Collection,
  type Db,
  type Document,
  MongoServerError,
  Timestamp,
} from 'mongodb';
import { type Clock, entityKeyOf, messageOf, UsageError } from '../../services/core/index.ts';
import { sourceError } from '../backfill/sources/source-error.ts';
import type { ChangedKeys } from './changed-keys.ts';
import { ChangesUnknownError } from './changes-unknown-error.ts';

const BATCH_SIZE = 1_000;
const IDLE_MS = 100;
/** MongoDB itself writes something every ten seconds, by which an idle stream moves. */
const LONGEST_WAIT_MS = 30_000;
/** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost. */
const HISTORY_LOST = new Set<unknown>([260, 280, 286]);
const CHANGES = new Set(['insert', 'update', 'replace', 'delete']);
/** Only whoever was shown the whole of a document's change needs more than its key. */
const KEY_ONLY = { $project: { operationType: 1, documentKey: 1 } };

/**
 * What changed in a MongoDB collection, as its change stream tells: by whomever, through an outbox or not, deletions
 * included, as far back as the oplog reaches. Nothing is written.
 */
export class MongoChangedKeys implements ChangedKeys {
  readonly #db: Db;
  readonly #collection: Collection<Document>;
  readonly #clock: Clock;

  constructor(options: { db: Db; collection: string; clock: Clock }) {
    this.#db = options.db;
    this.#collection = options.db.collection(options.collection);
    this.#clock = options.clock;
  }

  async *since(position: string, signal: AbortSignal): AsyncIterable<readonly string[]> {
    const startAtOperationTime = timestampOf(position);
    const now = await this.#now();
    refuseFuture(position, startAtOperationTime, now);
    const present = { reached: await this.#tokenAt(now), passed: await this.#tokenAt() };
    const changes = this.#collection.watch([KEY_ONLY], {
      startAtOperationTime,
      batchSize: BATCH_SIZE,
      maxAwaitTimeMS: IDLE_MS,
      readPreference: 'primary',
    });
    try {
      yield* this.#until(changes, present, position, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw explained(this.#collection.collectionName, position, thrown);
    } finally {
      await changes.close();
    }
  }

  async *#until(
    changes: ChangeStream,
    { reached, passed }: { readonly reached: string; readonly passed: string },
    position: string,
    signal: AbortSignal,
  ): AsyncIterable<readonly string[]> {
    let keys: string[] = [];
    let waitsUntilMs = this.#clock.nowMs() + LONGEST_WAIT_MS;
    // Tokens order as their events do, as texts.
    // https://www.mongodb.com/docs/manual/changeStreams/#resume-tokens
    while (tokenOf(changes) < passed) {
      signal.throwIfAborted();
      const event = await changes.tryNext();
      // All that came until then was told: an idle MongoDB passes it only once it writes something by itself.
      if (!event && tokenOf(changes) >= reached) break;
      if (event) {
        keys.push(keyOf(event, position));
        waitsUntilMs = this.#clock.nowMs() + LONGEST_WAIT_MS;
      } else if (this.#clock.nowMs() > waitsUntilMs) {
        throw new ChangesUnknownError(position, 'the change stream does not come to the present');
      }
      if (keys.length < BATCH_SIZE) continue;
      yield keys;
      keys = [];
    }
    if (keys.length > 0) yield keys;
  }

  /** An empty change stream says where it would begin: at a time, or after the present; nothing is read from it. */
  async #tokenAt(startAtOperationTime?: Timestamp): Promise<string> {
    const $changeStream = startAtOperationTime ? { startAtOperationTime } : {};
    const command = { aggregate: this.#collection.collectionName, pipeline: [{ $changeStream }] };
    const reading = { readPreference: 'primary', promoteLongs: false } as const;
    const { cursor } = await this.#db.command({ ...command, cursor: { batchSize: 0 } }, reading);
    await this.#db.command(
      { killCursors: this.#collection.collectionName, cursors: [cursor.id] },
      { readPreference: 'primary' },
    );
    return cursor.postBatchResumeToken._data;
  }

  async #now(): Promise<Timestamp> {
    const { operationTime } = await this.#db.command({ ping: 1 });
    if (operationTime instanceof Timestamp) return operationTime;
    throw new UsageError('the source is a standalone MongoDB: make it a replica set, one member is enough');
  }
}

const refuseFuture = (position: string, start: Timestamp, now: Timestamp): void => {
  if (!start.greaterThan(now)) return;
  throw new UsageError(`the position ${position} is still to come: the source is at ${text(now)}`);
};

const text = (time: Timestamp): string => `${time.t}.${time.i}`;

const timestampOf = (position: string): Timestamp => {
  const [, t, i] = /^(\d{1,10})\.(\d{1,10})$/.exec(position) ?? [];
  if (t === undefined || Math.max(Number(t), Number(i)) >= 2 ** 32) {
    throw new UsageError(
      `${position} is no position of the source: one is seconds.increment, as a verify prints them`,
    );
  }
  return new Timestamp({ t: Number(t), i: Number(i) });
};

const tokenOf = (changes: ChangeStream): string => {
  const token = changes.resumeToken as { _data?: string } | undefined;
  return token?._data ?? '';
};

const keyOf = (event: ChangeStreamDocument, position: string): string => {
  if (CHANGES.has(event.operationType) && 'documentKey' in event) return entityKeyOf(event.documentKey._id);
  throw new ChangesUnknownError(position, `since then the collection saw a ${event.operationType}`);
};

const explained = (collection: string, position: string, thrown: unknown): unknown => {
  if (thrown instanceof ChangesUnknownError) return thrown;
  if (thrown instanceof MongoServerError && HISTORY_LOST.has(thrown.code)) {
    const why = 'the oplog no longer reaches back to there';
    return new ChangesUnknownError(position, why, thrown);
  }
  return thrown instanceof Error ? sourceError(collection, thrown) : messageOf(thrown);
};
