import { EJSON } from 'bson';
import {
  type ChangeStream,
  type ChangeStreamInsertDocument,
  type Collection,
  type Db,
  MongoServerError,
  ObjectId,
  type ReadPreferenceLike,
} from 'mongodb';
import type { Clock } from '../core/index.ts';
import { type OutboxRow, outboxOf } from './collections.ts';
import { ResumeTokenLostError } from './errors.ts';
import type { Backlog, FeedItem, OutboxFeed, PendingQuery, PendingRow, ResumeToken } from './outbox-feed.ts';

const IDLE_MS = 500;
const BATCH_ROWS = 1_000;
/** What a sweep reads at once: few rows, and fewer large ones. */
const SWEEP_ROWS = 200;
const SWEEP_BYTES = 16 * 1024 * 1024;

/** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost. */
const LOST_CODES = new Set<unknown>([260, 280, 286]);

const MAJORITY = {
  readConcern: { level: 'majority' },
  readPreference: 'primary' as ReadPreferenceLike,
} as const;

type Insert = ChangeStreamInsertDocument<OutboxRow>;

/** The outbox in MongoDB: its change stream, and the rows themselves for what the stream missed. */
export class MongoOutboxFeed implements OutboxFeed {
  readonly #outbox: Collection<OutboxRow>;
  readonly #clock: Clock;

  constructor(options: { db: Db; clock: Clock }) {
    this.#outbox = outboxOf(options.db);
    this.#clock = options.clock;
  }

  async *follow(after: ResumeToken | null, signal: AbortSignal): AsyncIterable<FeedItem> {
    const changes = this.#outbox.watch<OutboxRow, Insert>([{ $match: { operationType: 'insert' } }], {
      ...MAJORITY,
      batchSize: BATCH_ROWS,
      maxAwaitTimeMS: IDLE_MS,
      ...(after === null ? {} : { startAfter: EJSON.parse(after) }),
    });
    // Closing ends the wait for the next change.
    const close = () => void changes.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      while (!signal.aborted) {
        const askedAtMs = this.#clock.nowMs();
        yield itemOf(await changes.tryNext(), changes, askedAtMs);
      }
    } catch (thrown) {
      if (!signal.aborted) throw lostToken(thrown) ?? thrown;
    } finally {
      signal.removeEventListener('abort', close);
      await changes.close();
    }
  }

  /** Ids first: most of what waits is on its way already. In the index, they lie in the order of insertion. */
  async *pending({ createdBeforeMs, isKnown }: PendingQuery): AsyncIterable<PendingRow> {
    const waiting = { acknowledgedAt: null, createdAt: { $lt: new Date(createdBeforeMs) } };
    const projection = { _id: 1, bytes: { $bsonSize: '$$ROOT' } };
    const ids = this.#outbox
      .find(waiting, { batchSize: BATCH_ROWS, ...MAJORITY })
      .project<{ _id: ObjectId; bytes: number }>(projection);
    let missed: ObjectId[] = [];
    let missedBytes = 0;
    for await (const { _id, bytes } of ids) {
      if (isKnown(_id.toHexString())) continue;
      missed.push(_id);
      missedBytes += bytes;
      if (missed.length < SWEEP_ROWS && missedBytes < SWEEP_BYTES) continue;
      yield* await this.#waitingRows(missed);
      missed = [];
      missedBytes = 0;
    }
    yield* await this.#waitingRows(missed);
  }

  async #waitingRows(ids: readonly ObjectId[]): Promise<PendingRow[]> {
    if (ids.length === 0) return [];
    const rows = await this.#outbox
      .find({ _id: { $in: [...ids] }, acknowledgedAt: null }, MAJORITY)
      .toArray();
    const byId = new Map(rows.map((row) => [row._id.toHexString(), pendingRow(row)]));
    return ids.flatMap((id) => byId.get(id.toHexString()) ?? []);
  }

  /**
   * By a majority, since `pending` would not see less. Not in a transaction, although that would be cheaper (one
   * entry of the oplog wakes the change streams on it once): a relay that is killed in one would leave these rows
   * locked for a minute.
   */
  async acknowledge(ids: readonly string[]): Promise<void> {
    const _id = { $in: ids.map((id) => ObjectId.createFromHexString(id)) };
    const acknowledgedAt = new Date(this.#clock.nowMs());
    await this.#outbox.updateMany({ _id }, { $set: { acknowledgedAt } }, { writeConcern: { w: 'majority' } });
  }

  async backlog(): Promise<Backlog> {
    const oldest = await this.#outbox.findOne({ acknowledgedAt: null }, { projection: { createdAt: 1 } });
    if (!oldest) return { rows: 0, oldestCreatedAtMs: undefined };
    const rows = await this.#outbox.countDocuments({ acknowledgedAt: null });
    return { rows, oldestCreatedAtMs: oldest.createdAt.getTime() };
  }
}

const itemOf = (
  change: Insert | null,
  changes: ChangeStream<OutboxRow, Insert>,
  askedAtMs: number,
): FeedItem => {
  // The collection was dropped: what is written into its successor comes in a new stream.
  if (!change && changes.closed) throw new ResumeTokenLostError(undefined);
  return {
    row: change ? pendingRow(change.fullDocument) : undefined,
    token: tokenText(changes.resumeToken),
    positionMs: change?.clusterTime ? change.clusterTime.getHighBitsUnsigned() * 1000 : askedAtMs,
  };
};

/** A token of strings, as MongoDB's are, reads the same in both; JSON alone is quicker, and this is for every row. */
const tokenText = (token: unknown): ResumeToken =>
  Object.values(token ?? {}).every((value) => typeof value === 'string')
    ? JSON.stringify(token)
    : EJSON.stringify(token);

const pendingRow = ({ _id, stream, key, event, createdAt }: OutboxRow): PendingRow => ({
  id: _id.toHexString(),
  stream,
  key,
  event,
  createdAtMs: createdAt.getTime(),
});

const lostToken = (thrown: unknown): ResumeTokenLostError | undefined =>
  thrown instanceof MongoServerError && LOST_CODES.has(thrown.code)
    ? new ResumeTokenLostError(thrown)
    : undefined;
