import type { SourceDocument } from '../../services/core/index.ts';

/**
 * A contiguous range of keys: bounds are canonical extended JSON of `_id` values of one BSON type, `from`
 * inclusive, `to` exclusive, `null` for that type's end. Computed once and stored (FACTS: bounds recomputed on
 * a resume lose data).
 */
export interface Partition {
  readonly id: string;
  readonly bsonType: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Documents expected in it, for progress and balance. */
  readonly estimated: number;
}

/** A position within a partition: canonical extended JSON of the last `_id` that was handed out. */
export type Position = string;

export interface SourceBatch {
  readonly documents: readonly SourceDocument[];
  /** The position after these documents. */
  readonly position: Position;
}

/** Where a backfill reads: bounded batches in key order, majority-committed, and single keys on demand. */
export interface Source {
  /** Splits the whole source: every `_id` of every BSON type falls into exactly one partition. */
  partition(count: number): Promise<Partition[]>;
  /** Reads a partition in key order, from just after `after`, or from its beginning. */
  read(partition: Partition, after: Position | null, batchSize: number): AsyncIterable<SourceBatch>;
  /** The current documents of `keys`, in their order; `undefined` for what does not exist. */
  get(keys: readonly string[]): Promise<(SourceDocument | undefined)[]>;
  /** A position of the whole source (a cluster time) as of now: `seconds.increment`. */
  now(): Promise<string>;
}
