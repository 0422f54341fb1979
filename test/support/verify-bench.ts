import { MemoryChangedKeys } from '../../migrations/verify/memory-changed-keys.ts';
import { verify } from '../../migrations/verify/verifier.ts';
import type { VerifyMode, VerifyParts } from '../../migrations/verify/verify-parts.ts';
import type { VersionedRecord } from '../../services/core/index.ts';
import { type Bench, makeBench, PLAN, runOn, things } from './backfill-bench.ts';

/** The key of the thing with this number. */
export const keyOf = (i: number) => `{"$numberInt":"${i}"}`;

interface More extends Partial<VerifyParts> {
  readonly signal?: AbortSignal;
  readonly mode?: VerifyMode;
  readonly settleMs?: number;
  readonly chunkSize?: number;
}

/** Compares the two sides of a bench. */
export const verifying = (bench: Bench, more: More = {}) => {
  const { signal, mode, settleMs, chunkSize, ...parts } = more;
  return verify(
    {
      ...bench.parts,
      keySource: bench.source,
      floors: { of: async (keys) => keys.map(() => undefined) },
      changedKeys: new MemoryChangedKeys(),
      quarantined: () => bench.quarantine.list(PLAN),
      ...parts,
    },
    {
      plan: PLAN,
      mode: mode ?? { kind: 'full' },
      versionsFrom: 'document',
      partitions: 4,
      concurrency: 2,
      chunkSize: chunkSize ?? 10,
      settleMs: settleMs ?? 10_000,
      signal: signal ?? new AbortController().signal,
      onProgress: () => {},
    },
  );
};

/** Lets a verify run through its pauses. */
export const settled = async <T>(bench: Bench, running: Promise<T>): Promise<T> => {
  running.catch(() => {});
  await bench.clock.advance(30_000);
  return running;
};

/** A bench whose things are all in the sink. */
export const copied = async (count = 50): Promise<Bench> => {
  const bench = makeBench(things(count));
  await runOn(bench);
  return bench;
};

/** Replaces what the sink holds, whatever its version. */
export const corrupt = (bench: Bench, record: VersionedRecord | undefined, key = record?.key ?? '') => {
  const get = bench.store.get.bind(bench.store);
  bench.store.get = async (keys) => {
    const records = await get(keys);
    return records.map((stored, i) => (keys[i] === key ? record : stored));
  };
};
