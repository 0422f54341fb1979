import type { Clock } from '../../services/core/index.ts';
import { deletionsOf } from '../app/users/deletion.ts';
import { type DeletingParts, removeBelongings } from '../app/users/remove-belongings.ts';

/** Longer than any request takes that was let in while its user was not deleted yet. */
const SETTLED_MS = 10 * 60_000;
/** Between two looks at the signal. */
const ROUND = 1_000;

export interface FinishedDeletions {
  /** Users with nothing left, whose deletion is history. */
  readonly users: number;
  /** Follows and yubls that were deleted. */
  readonly removed: number;
}

/**
 * Deletes what deleted users left: too much for their request, what a crash interrupted, what another request of
 * theirs wrote meanwhile. A deletion is looked at again until no such request can be under way any more.
 */
export const finishDeletions = async (
  parts: DeletingParts & { clock: Clock },
  signal: AbortSignal,
): Promise<FinishedDeletions> => {
  const deletions = deletionsOf(parts.db);
  const settledBefore = parts.clock.nowMs() - SETTLED_MS;
  let users = 0;
  let removed = 0;
  for await (const { _id, deletedAt } of deletions.find().sort({ deletedAt: 1 })) {
    let round = 0;
    do {
      if (signal.aborted) return { users, removed };
      round = await removeBelongings(parts, _id, { limit: ROUND });
      removed += round;
    } while (round > 0);
    if (deletedAt.getTime() >= settledBefore) continue;
    await deletions.deleteOne({ _id });
    users += 1;
  }
  return { users, removed };
};
