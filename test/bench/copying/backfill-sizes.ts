import type { BenchRun } from '../run-bench.ts';

/** What `npm run bench:backfill` takes, with its defaults. */
export const BACKFILL_SIZES = {
  documents: 1_000_000,
  /** A copy by `banyan backfill run` is compared with one of so few. */
  'few-documents': 10_000,
  items: 50_000,
  'emulator-items': 10_000,
};

export type BackfillRun = BenchRun<typeof BACKFILL_SIZES>;
