import { type Collection, type Db, Timestamp } from 'mongodb';
import type { Clock } from '../../core/index.ts';
import type { ClusterTime } from '../changes/cluster-time.ts';
import type { UnexplainedWrite } from './find-unexplained.ts';
import { type RecordedWrite, siteAmong } from './recorded-write.ts';
import type { WriteSite, WriteSites } from './write-sites.ts';

interface SiteRow extends Omit<RecordedWrite, 'transaction' | 'keys' | 'after' | 'until'> {
  readonly transaction: string | null;
  readonly keys: readonly string[] | null;
  readonly after: Timestamp | null;
  readonly until: Timestamp | null;
  readonly createdAt: Date;
}

const KEEP_SECONDS = 24 * 60 * 60;
const MAX_CANDIDATES = 1_000;

/** Sites beside the collections, kept for a day: for a watch that runs in another process than the application. */
export class MongoWriteSites implements WriteSites {
  readonly #rows: Collection<SiteRow>;
  readonly #clock: Clock;

  constructor(options: { db: Db; clock: Clock }) {
    this.#rows = options.db.collection<SiteRow>('_banyan_write_sites');
    this.#clock = options.clock;
  }

  /** Makes the indexes; those that exist cost nothing. */
  async prepare(): Promise<void> {
    await this.#rows.createIndex({ createdAt: 1 }, { expireAfterSeconds: KEEP_SECONDS });
    await this.#rows.createIndex({ collection: 1, transaction: 1, until: 1 });
  }

  async add(writes: readonly RecordedWrite[]): Promise<void> {
    const createdAt = new Date(this.#clock.nowMs());
    await this.#rows.insertMany(writes.map((write) => rowOf(write, createdAt)));
  }

  async find(write: UnexplainedWrite): Promise<WriteSite | undefined> {
    const { collection, transaction = null, clusterTime } = write;
    const filter =
      transaction === null
        ? { collection, transaction, until: { $gte: timestamp(clusterTime) } }
        : { collection, transaction };
    const rows = await this.#rows.find(filter).sort({ until: 1 }).limit(MAX_CANDIDATES).toArray();
    return siteAmong(rows.map(recordedOf), write);
  }
}

const rowOf = ({ transaction, keys, after, until, ...write }: RecordedWrite, createdAt: Date): SiteRow => ({
  ...write,
  transaction: transaction ?? null,
  keys: keys ?? null,
  after: after ? timestamp(after) : null,
  until: until ? timestamp(until) : null,
  createdAt,
});

const recordedOf = ({ transaction, keys, after, until, createdAt: _, ...write }: SiteRow): RecordedWrite => ({
  ...write,
  transaction: transaction ?? undefined,
  keys: keys ?? undefined,
  after: after ? clusterTime(after) : undefined,
  until: until ? clusterTime(until) : undefined,
});

const timestamp = ({ t, i }: ClusterTime): Timestamp => new Timestamp({ t, i });

const clusterTime = (timestamp: Timestamp): ClusterTime => ({
  t: timestamp.getHighBitsUnsigned(),
  i: timestamp.getLowBitsUnsigned(),
});
