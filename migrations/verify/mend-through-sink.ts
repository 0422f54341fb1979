import { RejectError, type VersionedRecord } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { Mend, WrongKey } from './mend.ts';

/**
 * Mends by writing to the sink what the source says, under the write law: what the sink lacks, or has in an older
 * version, deletions that the source remembers included. Nothing is written to the source, so no version is above
 * the sink's where that holds the same or a higher one with a wrong state: the law protects it, and only a fresh
 * sink helps.
 */
export const mendThroughSink =
  (store: VersionedStore): Mend =>
  async (wrong) => {
    const record = recordFor(wrong);
    if (!record) {
      return {
        left: 'the source does not have it, and does not know when it was deleted: only a fresh sink is without it',
      };
    }
    const [outcome] = await store.putIfNewer([record]);
    if (outcome instanceof RejectError) return { left: outcome.message };
    if (outcome === 'written') return 'mended';
    const held = wrong.stored?.version;
    return {
      left: `the sink holds version ${held ?? '(unknown)'}, the source ${record.version}: what is not newer is never written, so only a fresh sink has it right`,
    };
  };

const recordFor = ({ key, expected, deletedAt }: WrongKey): VersionedRecord | undefined =>
  expected ?? (deletedAt === undefined ? undefined : { key, version: deletedAt, state: null });
