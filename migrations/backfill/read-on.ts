import type { Retry } from './retry.ts';
import type { Partition, Position, Source, SourceBatch } from './source.ts';

export interface ReadOptions {
  readonly source: Source;
  readonly partition: Partition;
  readonly after: Position | null;
  readonly batchSize: number;
  readonly retry: Retry;
  readonly signal: AbortSignal;
  /** Told how long each batch took to read. */
  readonly onRead?: (tookMs: number) => void;
}

/** Reads a partition, and when reading fails for a while reads on after the last batch that was handed out. */
export async function* readOn(options: ReadOptions): AsyncGenerator<SourceBatch> {
  const { source, partition, batchSize, retry, signal, onRead } = options;
  let position = options.after;
  const open = () => source.read(partition, position, batchSize)[Symbol.asyncIterator]();
  let batches = open();
  const next = () =>
    retry(async () => {
      const beganAtMs = performance.now();
      try {
        const batch = await batches.next();
        onRead?.(performance.now() - beganAtMs);
        return batch;
      } catch (thrown) {
        batches = open();
        throw thrown;
      }
    }, signal);
  try {
    for (let batch = await next(); !batch.done; batch = await next()) {
      position = batch.value.position;
      yield batch.value;
    }
  } finally {
    await batches.return?.();
  }
}
