import { passedFields } from '../../services/core/passing-transform.ts';
import type { Plan } from '../moves/plan.ts';

/**
 * Two overlap the source's time with the decoding, which one processor does; with four, documents live so long that
 * collecting their garbage doubles the processor time. Where nothing is decoded there is none of that, and the source
 * keeps four busy (`npm run bench:backfill`).
 */
const MOST_DECODING = 2;
const MOST_PASSING = 4;

/** Partitions that a process reads at once; how many batches it writes at once is another matter. */
export const readersOf = ({ concurrency, transform }: Pick<Plan, 'concurrency' | 'transform'>): number =>
  Math.min(concurrency, passedFields(transform) ? MOST_PASSING : MOST_DECODING);
