import type { Retry } from '../backfill/retry.ts';
import type { Difference, Mismatch } from './compare.ts';
import type { Floors } from './floors.ts';

/** Says of the extra keys among `mismatches` which the source has deleted: `absent` are those it does not have. */
export const withDeletions = async (
  { floors, retry, signal }: { floors: Floors; retry: Retry; signal: AbortSignal },
  mismatches: readonly Mismatch[],
  absent: ReadonlySet<string>,
): Promise<readonly Mismatch[]> => {
  const keys = mismatches.map(({ key }) => key).filter((key) => absent.has(key));
  if (keys.length === 0) return mismatches;
  const versions = await retry(() => floors.of(keys), signal);
  const deletedAt = new Map(keys.map((key, i) => [key, versions[i]]));
  return mismatches.map(({ key, differences }) => {
    const source = deletedAt.get(key);
    if (source === undefined) return { key, differences };
    return { key, differences: differences.map((one) => asDeleted(one, source)) };
  });
};

const asDeleted = (difference: Difference, source: number): Difference =>
  difference.kind === 'extra' ? { kind: 'not-deleted', source, sink: difference.sink } : difference;
