import { type Collection, type Db, MongoBulkWriteError, type ReadPreferenceLike } from 'mongodb';
import type { ClusterTime } from '../changes/cluster-time.ts';
import type { Healing, KeptWrite, UnexplainedCounts, UnexplainedStore } from './unexplained-store.ts';

interface KeptRow extends Omit<KeptWrite, 'id' | 'key' | 'transaction' | 'healedAtMs'> {
  readonly _id: string;
  readonly key: string | null;
  readonly transaction: string | null;
  readonly clusterTime: ClusterTime;
  readonly healedAt: Date | null;
}

const KEEP_HEALED_SECONDS = 30 * 24 * 60 * 60;
const DUPLICATE_KEY = 11_000;
const PRIMARY = { readPreference: 'primary' as ReadPreferenceLike };
const MAJORITY = { writeConcern: { w: 'majority' } } as const;

/** Unexplained writes beside the collections that they are writes of; healed ones are forgotten after 30 days. */
export class MongoUnexplainedStore implements UnexplainedStore {
  readonly #rows: Collection<KeptRow>;

  constructor(options: { db: Db }) {
    this.#rows = options.db.collection<KeptRow>('_banyan_unexplained');
  }

  /** Makes the index; one that exists costs nothing. */
  async prepare(): Promise<void> {
    await this.#rows.createIndex({ healedAt: 1 }, { expireAfterSeconds: KEEP_HEALED_SECONDS });
  }

  async add(writes: readonly KeptWrite[]): Promise<number> {
    if (writes.length === 0) return 0;
    try {
      const rows = writes.map(rowOf);
      return (await this.#rows.insertMany(rows, { ordered: false, ...MAJORITY })).insertedCount;
    } catch (thrown) {
      if (!isOnlyDuplicates(thrown)) throw thrown;
      return thrown.insertedCount;
    }
  }

  async open({ limit, failedBeforeMs }: { limit: number; failedBeforeMs: number }): Promise<KeptWrite[]> {
    const rows = await this.#rows
      .find({ healedAt: null, 'failure.atMs': { $not: { $gte: failedBeforeMs } } }, PRIMARY)
      .sort({ 'clusterTime.t': 1, 'clusterTime.i': 1, _id: 1 })
      .limit(limit)
      .toArray();
    return rows.map(keptOf);
  }

  async settle(ids: readonly string[], healing: Healing): Promise<void> {
    const fields = 'failure' in healing ? healing : { healedAt: new Date(healing.healedAtMs) };
    await this.#rows.updateMany({ _id: { $in: [...ids] } }, { $set: fields }, MAJORITY);
  }

  async counts(): Promise<UnexplainedCounts> {
    const [found, open] = await Promise.all([
      this.#rows.countDocuments({}, PRIMARY),
      this.#rows.countDocuments({ healedAt: null }, PRIMARY),
    ]);
    return { found, open };
  }
}

const isOnlyDuplicates = (thrown: unknown): thrown is MongoBulkWriteError => {
  if (!(thrown instanceof MongoBulkWriteError)) return false;
  const errors = [thrown.writeErrors].flat();
  return errors.length > 0 && errors.every(({ code }) => code === DUPLICATE_KEY);
};

/** Absent values are left out: the driver would store `undefined` as null. */
const rowOf = ({ id, key, transaction, site, failure, healedAtMs, ...write }: KeptWrite): KeptRow => ({
  _id: id,
  ...write,
  key: key ?? null,
  transaction: transaction ?? null,
  ...(site ? { site } : {}),
  ...(failure ? { failure } : {}),
  healedAt: healedAtMs === undefined ? null : new Date(healedAtMs),
});

const keptOf = ({ _id, key, transaction, healedAt, ...write }: KeptRow): KeptWrite => ({
  id: _id,
  ...write,
  key: key ?? undefined,
  transaction: transaction ?? undefined,
  ...(healedAt ? { healedAtMs: healedAt.getTime() } : {}),
});
