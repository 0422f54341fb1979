import { BanyanError, type Clock, type EntityDefinition } from '../../services/core/index.ts';
import type { Outbox } from '../../services/outbox/index.ts';
import { touchKey } from '../../services/outbox/touch-key.ts';
import { sourceError } from '../backfill/sources/source-error.ts';
import type { Mend } from './mend.ts';

/**
 * Mends by touching the key at the source: a version above what source and sink have, and an event, so that the
 * repair is one more change like any other; a tombstone for a key that is not there. It takes effect once the
 * relay and the plan's consumer have passed it on.
 */
export const mendAtSource =
  (options: { outbox: Outbox; entity: EntityDefinition; clock: Clock; source: string }): Mend =>
  async ({ key, stored }) => {
    try {
      await touchKey({ ...options, key, above: stored?.version ?? 0 });
      return 'mended';
    } catch (thrown) {
      if (!(thrown instanceof BanyanError)) throw sourceError(options.entity.collection, thrown);
      if (thrown.retryable) throw thrown;
      return { left: thrown.message };
    }
  };
