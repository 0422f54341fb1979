import type { Db } from 'mongodb';
import type { EntityDefinition, Version } from '../../../services/core/index.ts';
import { floorsOf } from '../../../services/outbox/collections.ts';
import { sourceError } from './source-error.ts';

/** The versions that deletions of an entity's documents left for one slice (law 2). */
export class MongoFloors {
  readonly #db: Db;
  readonly #collection: string;
  readonly #slice: string;

  constructor(options: { db: Db; entity: EntityDefinition; slice: string }) {
    this.#db = options.db;
    this.#collection = options.entity.collection;
    this.#slice = options.slice;
  }

  /** One version per key, in order; `undefined` for a key that was never deleted through the outbox. */
  async of(keys: readonly string[]): Promise<(Version | undefined)[]> {
    const ids = keys.map((key) => ({ collection: this.#collection, key }));
    try {
      const options = { readConcern: { level: 'majority' as const } };
      const rows = await floorsOf(this.#db)
        .find({ _id: { $in: ids } }, options)
        .toArray();
      const versions = new Map(rows.map(({ _id, versions }) => [_id.key, versions[this.#slice]]));
      return keys.map((key) => versions.get(key));
    } catch (cause) {
      throw sourceError('_banyan_floors', cause);
    }
  }
}
