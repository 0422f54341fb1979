import type { State } from '../../services/core/index.ts';
import type { Allowance } from './allowance.ts';
import type { CopyCounts, PartitionProgress } from './checkpoint-store.ts';
import { Frontier } from './frontier.ts';
import { type PreparedBatch, prepareBatch } from './prepare-batch.ts';
import { readOn } from './read-on.ts';
import type { Reading } from './record-or-reject.ts';
import type { Retry } from './retry.ts';
import type { Position, Source, SourceBatch } from './source.ts';
import { jsonOfId } from './sources/id-json.ts';
import type { Gate } from './throttle/gate.ts';

export interface CopyPartitionParts<S extends State = State> {
  readonly source: Source;
  readonly reading: Reading<S>;
  readonly gate: Gate;
  readonly retry: Retry;
  readonly batchSize: number;
  readonly allowance: Allowance;
  /** Aborts when no further batch may begin. */
  readonly signal: AbortSignal;
  nowMs(): number;
  copy(batch: PreparedBatch<S>): Promise<CopyCounts>;
  /** Everything up to `position` was acknowledged. */
  onAdvance(position: Position, counts: CopyCounts): void;
  /** A batch was read. */
  onRead(tookMs: number): void;
}

/**
 * Copies what is left of a partition: read, transform, wait at the gate, write, with the frontier following what was
 * acknowledged. Answers whether the end was reached; when it throws, or stops at the signal, nothing is under way
 * any more.
 */
export const copyPartition = async <S extends State>(
  parts: CopyPartitionParts<S>,
  { partition, position }: PartitionProgress,
): Promise<boolean> => {
  const writes = new Writes(parts);
  const signal = AbortSignal.any([parts.signal, writes.failed]);
  try {
    for await (const batch of readOn({ ...parts, signal, partition, after: position })) {
      if (signal.aborted) return false;
      const allowed = allowedOf(batch, parts.allowance);
      if (!allowed) return false;
      await writes.begin(prepareBatch(allowed, parts.reading), allowed.position, signal);
      if (allowed !== batch) return false;
    }
    await writes.settle();
    return !writes.failed.aborted;
  } finally {
    await writes.settle();
    if (writes.failed.aborted && !parts.signal.aborted) writes.failed.throwIfAborted();
  }
};

/** The batch itself, or as much of it as may still be copied; `undefined` when that is nothing. */
const allowedOf = (batch: SourceBatch, allowance: Allowance): SourceBatch | undefined => {
  const read = (batch.raw ?? batch.documents).length;
  const taken = allowance.take(read);
  if (taken === read) return batch;
  const documents = batch.documents.slice(0, taken);
  const last = documents.at(-1);
  return last && { documents, position: jsonOfId(last._id) };
};

/** The batches of one partition that are under way, and the frontier that follows them. */
class Writes<S extends State> {
  readonly #parts: CopyPartitionParts<S>;
  readonly #frontier = new Frontier<CopyCounts>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #failed = new AbortController();

  constructor(parts: CopyPartitionParts<S>) {
    this.#parts = parts;
  }

  /** Aborts with the first failure. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Resolves once the batch is under way. */
  async begin(batch: PreparedBatch<S>, position: Position, signal: AbortSignal): Promise<void> {
    const end = await this.#parts.gate.admit(batch.size, signal);
    const writing = this.#write(batch, position, end).catch((thrown) => this.#failed.abort(thrown));
    this.#underWay.add(writing);
    writing.finally(() => this.#underWay.delete(writing));
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #write(batch: PreparedBatch<S>, position: Position, end: (tookMs?: number) => void): Promise<void> {
    const { nowMs, copy, onAdvance, batchSize } = this.#parts;
    const ticket = this.#frontier.begin(position);
    const beganAtMs = nowMs();
    let tookMs: number | undefined;
    try {
      const counts = await copy(batch);
      if (batch.size.documents > batchSize / 2) tookMs = nowMs() - beganAtMs;
      for (const passed of this.#frontier.acknowledge(ticket, counts))
        onAdvance(passed.position, passed.counts);
    } finally {
      end(tookMs);
    }
  }
}
