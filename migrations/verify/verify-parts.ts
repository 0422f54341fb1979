import type { Clock, State } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { QuarantineEntry } from '../../services/stream/quarantine.ts';
import type { Reading } from '../backfill/record-or-reject.ts';
import type { Retry } from '../backfill/retry.ts';
import type { Source } from '../backfill/source.ts';
import type { ChangedKeys } from './changed-keys.ts';
import type { VersionsFrom } from './compare.ts';
import type { Floors } from './floors.ts';

/** What a comparison works with. */
export interface VerifyParts<S extends State = State> {
  readonly source: Source;
  /** The same source where only its keys are wanted, which is cheaper: reading by range may leave all else out. */
  readonly keySource: Source;
  readonly store: VersionedStore<S>;
  readonly floors: Floors;
  readonly changedKeys: ChangedKeys;
  readonly reading: Reading<S>;
  readonly clock: Clock;
  readonly retry: Retry;
  /** What the plan's backfill and consumer put into quarantine; read only when something differs. */
  quarantined(): AsyncIterable<QuarantineEntry>;
}

/**
 * Which keys are compared, and how. `full`: every document field by field, and everything in the sink. `checksum`:
 * the same by digests, and field by field where these differ. `sample`: `size` keys of the source, the same ones
 * for the same `seed` as long as they exist. `changed`: what changed in the source since a position, deletions
 * included. `keys`: those given.
 */
export type VerifyMode =
  | { readonly kind: 'full' }
  | { readonly kind: 'checksum'; readonly buckets: number }
  | {
      readonly kind: 'sample';
      readonly size: number;
      readonly seed: string;
      readonly confidencePercent: number;
    }
  | { readonly kind: 'changed'; readonly since: string }
  | { readonly kind: 'keys'; readonly keys: readonly string[] };

export interface VerifyOptions {
  /** Required. The plan's name, for the result. */
  readonly plan: string;
  readonly mode: VerifyMode;
  readonly versionsFrom: VersionsFrom;
  readonly partitions: number;
  /** Required. Partitions that are compared at once. */
  readonly concurrency: number;
  /** Required. Documents that are read and compared together. */
  readonly chunkSize: number;
  /** Required. How long a difference may take to settle on a moving source. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  onProgress(activity: string, done: number, estimated: number, counts: { [name: string]: number }): void;
}
