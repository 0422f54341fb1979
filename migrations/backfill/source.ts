import type { SourceDocument, Version } from '../../services/core/index.ts';

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

/** A document as its source sent it: what a copy needs to know is found without decoding the rest. */
export interface RawDocument {
  /** Its size as the source stores it. */
  readonly bytes: number;
  /** What `entityKeyOf` makes of its `_id`. */
  key(): string;
  /** What `versionOf` finds, and throws. */
  version(slice: string): Version;
  decode(): SourceDocument;
}

export interface SourceBatch {
  /** Where there is `raw`, decoded when they are first asked for. */
  readonly documents: readonly SourceDocument[];
  /** The same documents, not decoded; absent where the source has nothing else. */
  readonly raw?: readonly RawDocument[];
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
