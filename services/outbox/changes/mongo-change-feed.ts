import { EJSON } from 'bson';
import {
  type ChangeStream,
  type ChangeStreamDocument,
  type ChangeStreamOptions,
  type Collection,
  type Db,
  type Document,
  MongoServerError,
  type Timestamp,
} from 'mongodb';
import { BanyanError } from '../../core/index.ts';
import type { ResumeToken } from '../outbox-feed.ts';
import type { ChangeFeed, ChangeItem, PlacedChange } from './change-feed.ts';
import type { ClusterTime } from './cluster-time.ts';
import { ChangeStreamHistoryLostError, isHistoryLost } from './history-lost-error.ts';
import { type PositionRow, positionsOf } from './mongo-position-store.ts';

const IDLE_MS = 250;
const BATCH_SIZE = 1_000;
const OBJECT_TOO_LARGE = 10_334;

/** What a follower wants to see, and of it how much. */
export interface ChangeView<C extends PlacedChange> {
  /** The events that it is after, as a filter of a change stream; those of a follower's own are added. */
  readonly filter: Document;
  /** Stages that keep what `read` needs: an event of more than 16 MiB ends the stream. */
  readonly stages: readonly Document[];
  /** Which images the events carry. */
  readonly options: Pick<ChangeStreamOptions, 'fullDocument' | 'fullDocumentBeforeChange'>;
  /** `undefined` for an event that is of no interest after all. */
  read(event: ChangeStreamDocument): C | undefined;
}

/** Whose changes are followed, by whom, and how they are seen. */
export interface MongoChangeFeedOptions<C extends PlacedChange> {
  readonly db: Db;
  /** Required. The follower's name, under which its position is kept. */
  readonly name: string;
  readonly view: ChangeView<C>;
  /** Required. What to do when MongoDB no longer knows what the follower missed; a sentence. */
  readonly recovery: string;
}

/**
 * One change stream over a database, so that the mates of a transaction come together, whatever collections
 * they are in. The position's own document moves it when nobody else writes.
 */
export class MongoChangeFeed<C extends PlacedChange> implements ChangeFeed<C> {
  readonly #options: MongoChangeFeedOptions<C>;
  readonly #positions: Collection<PositionRow>;

  constructor(options: MongoChangeFeedOptions<C>) {
    this.#options = options;
    this.#positions = positionsOf(options.db);
  }

  /** An empty change stream says where it begins; nothing is read from it. */
  async now(): Promise<ResumeToken> {
    const { db } = this.#options;
    const aggregate = { aggregate: 1, pipeline: [{ $changeStream: {} }], cursor: { batchSize: 0 } };
    const { cursor } = await db.command(aggregate, { readPreference: 'primary', promoteLongs: false });
    await db.command({ killCursors: '$cmd.aggregate', cursors: [cursor.id] }, { readPreference: 'primary' });
    return EJSON.stringify(cursor.postBatchResumeToken);
  }

  async nudge(): Promise<void> {
    await this.#positions.updateOne(
      { _id: this.#options.name },
      { $inc: { nudges: 1 } },
      { upsert: true, writeConcern: { w: 'majority' } },
    );
  }

  async *follow(after: ResumeToken, signal: AbortSignal): AsyncIterable<ChangeItem<C>> {
    const changes = this.#watch(after);
    // Closing ends the wait for the next change.
    const close = () => void changes.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      while (!signal.aborted) yield await this.#next(changes);
    } catch (thrown) {
      if (!signal.aborted) throw this.#explained(thrown);
    } finally {
      signal.removeEventListener('abort', close);
      await changes.close();
    }
  }

  #watch(after: ResumeToken): ChangeStream {
    const { db, name, view } = this.#options;
    const own = { 'ns.coll': this.#positions.collectionName, 'documentKey._id': name };
    return db.watch([{ $match: { $or: [view.filter, own] } }, ...view.stages], {
      ...view.options,
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      batchSize: BATCH_SIZE,
      maxAwaitTimeMS: IDLE_MS,
      startAfter: EJSON.parse(after),
    });
  }

  async #next(changes: ChangeStream): Promise<ChangeItem<C>> {
    const event = await changes.tryNext();
    if (!event && changes.closed) {
      const message = `the database ${this.#options.db.databaseName} was dropped: there is nothing to follow`;
      throw new BanyanError('database-dropped', message);
    }
    const isOwn = event && 'ns' in event && collectionOf(event) === this.#positions.collectionName;
    return {
      change: event && !isOwn ? this.#options.view.read(event) : undefined,
      token: EJSON.stringify(changes.resumeToken),
      clusterTime: event ? clusterTimeOf(event) : undefined,
    };
  }

  #explained(thrown: unknown): unknown {
    const { name, recovery } = this.#options;
    if (isHistoryLost(thrown)) return new ChangeStreamHistoryLostError(name, recovery, thrown);
    if (!(thrown instanceof MongoServerError) || thrown.code !== OBJECT_TOO_LARGE) return thrown;
    const message =
      `${name} cannot pass a change whose documents, before and after it, take more than 16 MiB together, since ` +
      `MongoDB cannot tell of it: make such documents smaller. ${recovery}`;
    return new BanyanError('change-too-large', message, { cause: thrown });
  }
}

/** @throws BanyanError when MongoDB tells no time, as it does for no event since 4.0. */
export const clusterTimeOf = (event: ChangeStreamDocument): ClusterTime => {
  const { clusterTime } = event as { clusterTime?: Timestamp };
  if (!clusterTime)
    throw new BanyanError('no-cluster-time', `a ${event.operationType} without a clusterTime`);
  return { t: clusterTime.getHighBitsUnsigned(), i: clusterTime.getLowBitsUnsigned() };
};

/** The transaction that an event is part of, by its session and number; retryable writes have none here. */
export const transactionOf = (event: ChangeStreamDocument): string | undefined => {
  const { lsid, txnNumber } = event as {
    lsid?: { id: { toString(encoding: 'hex'): string } };
    txnNumber?: unknown;
  };
  return lsid && txnNumber !== undefined ? `${lsid.id.toString('hex')}:${txnNumber}` : undefined;
};

/** The place of an event among all events: the same whoever reads it, whenever. */
export const placeOf = (event: ChangeStreamDocument): string => (event._id as { _data: string })._data;

export const collectionOf = (event: ChangeStreamDocument): string | undefined =>
  (event as { ns?: { coll?: string } }).ns?.coll;
