import type { Collection, Db } from 'mongodb';
import type { FeedPosition, PositionStore } from './position-store.ts';

export interface PositionRow {
  readonly _id: string;
  readonly token?: string;
  readonly clusterTime?: string | null;
  readonly startedAt?: Date;
  readonly savedAt?: Date;
  /** Written only to move an idle change stream. */
  readonly nudges?: number;
}

export const positionsOf = (db: Db): Collection<PositionRow> =>
  db.collection<PositionRow>('_banyan_positions');

const MAJORITY = { writeConcern: { w: 'majority' } } as const;

/** Positions beside the collections that they are positions of. */
export class MongoPositionStore implements PositionStore {
  readonly #positions: Collection<PositionRow>;

  constructor(options: { db: Db }) {
    this.#positions = positionsOf(options.db);
  }

  async load(name: string): Promise<FeedPosition | undefined> {
    const row = await this.#positions.findOne({ _id: name }, { readPreference: 'primary' });
    if (!row?.token || !row.startedAt || !row.savedAt) return undefined;
    return {
      token: row.token,
      clusterTime: row.clusterTime ?? null,
      startedAtMs: row.startedAt.getTime(),
      savedAtMs: row.savedAt.getTime(),
    };
  }

  async save(name: string, position: FeedPosition): Promise<void> {
    const { token, clusterTime } = position;
    const startedAt = new Date(position.startedAtMs);
    const savedAt = new Date(position.savedAtMs);
    const fields = { token, clusterTime, startedAt, savedAt };
    await this.#positions.updateOne({ _id: name }, { $set: fields }, { upsert: true, ...MAJORITY });
  }
}
