import type { Db } from 'mongodb';
import type { EntityDefinition, Version } from '../../../services/core/index.ts';
import { floorVersions } from '../../../services/outbox/floors.ts';
import { sourceError } from './source-error.ts';

/** The versions that deletions of an entity's documents left for one slice (law 2). */
export class MongoFloors {
  readonly #options: { readonly db: Db; readonly entity: EntityDefinition; readonly slice: string };

  constructor(options: { db: Db; entity: EntityDefinition; slice: string }) {
    this.#options = options;
  }

  /** One version per key, in order; `undefined` for a key that was never deleted through the outbox. */
  async of(keys: readonly string[]): Promise<(Version | undefined)[]> {
    try {
      const versions = await floorVersions({ ...this.#options, keys });
      return keys.map((key) => versions.get(key));
    } catch (cause) {
      throw sourceError('_banyan_floors', cause);
    }
  }
}
