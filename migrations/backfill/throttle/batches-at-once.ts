import { UsageError } from '../../../services/core/index.ts';
import type { BatchesAtOnce } from '../../moves/plan.ts';

/**
 * Reads `8` (batches at once), or between two: `2-32`.
 * @throws UsageError
 */
export const parseBatchesAtOnce = (text: string): BatchesAtOnce => {
  const [, first, second = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text) ?? [];
  const [floor, ceiling] = [Number(first), Number(second)];
  if (floor >= 1 && ceiling >= floor) return { floor, ceiling };
  throw new UsageError(`batches at once are a number above 0, 8, or between two, 2-32; not ${text}`);
};
