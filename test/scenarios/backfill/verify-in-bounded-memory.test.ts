import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type { Source } from '../../../migrations/backfill/source.ts';
import { MemoryChangedKeys } from '../../../migrations/verify/memory-changed-keys.ts';
import { verify } from '../../../migrations/verify/verifier.ts';
import type { VerifyMode } from '../../../migrations/verify/verify-parts.ts';
import { systemClock } from '../../../services/core/index.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const CHUNK = 500;
const MEGABYTE = 2 ** 20;
const keyOf = (i: number) => `key ${i}`;
/** Four kilobytes that no two documents share. */
const textOf = (i: number) => bytes.fill(`${i} `).toString('latin1');
const bytes = Buffer.alloc(4_096);

/** A collection and its copy, made up as they are read, and what was in use at most meanwhile. */
const makeSides = (count: number, isWrong: boolean) => {
  let peakBytes = 0;
  let read = 0;
  const look = () => {
    read += CHUNK;
    if (read % 5_000 !== 0) return;
    collectGarbage();
    peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed);
  };
  const numberOf = (key: string) => Number(key.slice(4));
  const documentOf = (i: number) => ({ _id: keyOf(i), text: textOf(i), _banyan: { entity: 1 } });
  const recordOf = (i: number) => ({
    key: keyOf(i),
    version: 1,
    state: { text: isWrong ? textOf(i + 1) : textOf(i) },
  });
  const chunks = function* <T>(make: (i: number) => T) {
    for (let from = 0; from < count; from += CHUNK) {
      look();
      yield Array.from({ length: CHUNK }, (_, i) => make(from + i));
    }
  };
  const source: Source = {
    partition: async () => [{ id: 'all', bsonType: 'string', from: null, to: null, estimated: count }],
    read: async function* () {
      for (const documents of chunks(documentOf)) yield { documents, position: '' };
    },
    get: async (keys) => keys.map((key) => documentOf(numberOf(key))),
    now: async () => '1.1',
  };
  const store: VersionedStore = {
    putIfNewer: async () => [],
    get: async (keys) => keys.map((key) => recordOf(numberOf(key))),
    scan: async function* () {
      yield* chunks(recordOf);
    },
  };
  return { source, store, peakBytes: () => peakBytes };
};

const peakOf = async (count: number, mode: VerifyMode, isWrong: boolean): Promise<number> => {
  const { source, store, peakBytes } = makeSides(count, isWrong);
  const result = await verify(
    {
      source,
      keySource: source,
      store,
      floors: { of: async (keys) => keys.map(() => undefined) },
      changedKeys: new MemoryChangedKeys(),
      reading: { slice: 'entity', transform: ({ text }) => ({ text }) },
      clock: systemClock,
      retry: (work) => work(),
      quarantined: async function* () {},
    },
    {
      plan: 'things',
      mode,
      versionsFrom: 'document',
      partitions: 1,
      concurrency: 1,
      chunkSize: CHUNK,
      settleMs: 0,
      signal: new AbortController().signal,
      onProgress: () => {},
    },
  );
  expect(result.mismatches).toBe(isWrong ? count : 0);
  return peakBytes();
};

/** What a larger collection may take more: a few chunks, and the keys of what differs. */
const ALLOWANCE_BYTES = 20 * MEGABYTE;

describe('the memory of a comparison', () => {
  it.each([
    ['in full', { kind: 'full' }, false],
    ['by checksums', { kind: 'checksum', buckets: 4_096 }, false],
    ['in full, where everything differs', { kind: 'full' }, true],
    ['by checksums, where everything differs', { kind: 'checksum', buckets: 4_096 }, true],
    ['of a sample', { kind: 'sample', size: 1_000, seed: 's', confidencePercent: 99 }, false],
  ] as const)(
    '%s does not grow with the collection',
    async (_, mode, isWrong) => {
      const small = await peakOf(5_000, mode, isWrong);
      const large = await peakOf(15_000, mode, isWrong);
      // Ten thousand documents are forty megabytes.
      expect(large - small).toBeLessThan(ALLOWANCE_BYTES);
    },
    60_000,
  );
});
