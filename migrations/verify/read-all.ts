import pLimit from 'p-limit';
import type { SourceDocument } from '../../services/core/index.ts';
import { readOn } from '../backfill/read-on.ts';
import type { Retry } from '../backfill/retry.ts';
import type { Partition, Source } from '../backfill/source.ts';

export interface ReadAllOptions {
  readonly source: Source;
  readonly retry: Retry;
  readonly signal: AbortSignal;
  readonly partitions: number;
  readonly concurrency: number;
  readonly chunkSize: number;
  /** Called with every document of the source, for several partitions at once. */
  onDocuments(documents: readonly SourceDocument[], estimated: number): Promise<void>;
}

/** Reads a source from end to end; the first failure stops all partitions. */
export const readAll = async (options: ReadAllOptions): Promise<void> => {
  const { source, retry, chunkSize: batchSize, onDocuments } = options;
  const partitions = await retry(() => source.partition(options.partitions), options.signal);
  const estimated = partitions.reduce((sum, partition) => sum + partition.estimated, 0);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const read = async (partition: Partition) => {
    if (signal.aborted) return;
    for await (const { documents } of readOn({ source, partition, after: null, batchSize, retry, signal })) {
      signal.throwIfAborted();
      await onDocuments(documents, estimated);
    }
  };
  const limit = pLimit(options.concurrency);
  await Promise.all(
    partitions.map((partition) => limit(() => read(partition).catch((thrown) => stop.abort(thrown)))),
  );
  signal.throwIfAborted();
};
