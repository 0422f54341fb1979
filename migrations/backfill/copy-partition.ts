import type { SourceDocument } from '../../services/core/index.ts';
import type { CopyCounts, PartitionProgress } from './checkpoint-store.ts';
import { Frontier } from './frontier.ts';
import { readOn } from './read-on.ts';
import type { Retry } from './retry.ts';
import type { Position, Source } from './source.ts';
import type { Throttle } from './throttle/throttle.ts';

/** Batches of one partition that are being written at once: enough that reading and writing overlap. */
const WRITES_UNDER_WAY = 2;

export interface CopyPartitionParts {
  readonly source: Source;
  readonly throttle: Throttle;
  readonly retry: Retry;
  readonly batchSize: number;
  /** Aborts when no further batch may begin. */
  readonly signal: AbortSignal;
  copy(documents: readonly SourceDocument[]): Promise<CopyCounts>;
  /** Everything up to `position` was acknowledged. */
  onAdvance(position: Position, counts: CopyCounts): void;
}

/**
 * Copies what is left of a partition: read, throttle, write, with the frontier following what was acknowledged.
 * Answers whether the end was reached; when it throws, or stops at the signal, nothing is under way any more.
 */
export const copyPartition = async (
  parts: CopyPartitionParts,
  { partition, position }: PartitionProgress,
): Promise<boolean> => {
  const frontier = new Frontier<CopyCounts>();
  const underWay: Promise<void>[] = [];
  const write = async (documents: readonly SourceDocument[], upTo: Position): Promise<void> => {
    const ticket = frontier.begin(upTo);
    const counts = await parts.copy(documents);
    for (const passed of frontier.acknowledge(ticket, counts))
      parts.onAdvance(passed.position, passed.counts);
  };
  try {
    for await (const batch of readOn({ ...parts, partition, after: position })) {
      if (parts.signal.aborted) return false;
      await parts.throttle.admit(batch.documents.length, parts.signal);
      const writing = write(batch.documents, batch.position);
      writing.catch(() => {}); // Its failure is met below, in order; until then it must not count as unhandled.
      underWay.push(writing);
      if (underWay.length === WRITES_UNDER_WAY) await underWay.shift();
    }
    await Promise.all(underWay);
    return true;
  } finally {
    await Promise.allSettled(underWay);
  }
};
