import pLimit from 'p-limit';
import { RejectError, type State } from '../../services/core/index.ts';
import { recordOrReject } from '../backfill/record-or-reject.ts';
import { compareRecords, type VersionsFrom } from './compare.ts';
import type { Mend, WrongKey } from './mend.ts';
import { Pace } from './pace.ts';
import type { RepairResult } from './repair-result.ts';
import { verify } from './verifier.ts';
import type { VerifyOptions, VerifyParts } from './verify-parts.ts';

const MENDS_AT_ONCE = 8;
/** Keys that are left, with the reason, of which the others are counted. */
const KEPT = 100;

export interface RepairOptions extends Omit<VerifyOptions, 'mode'> {
  readonly keys: readonly string[];
  /** Required. How many keys are mended in a second, at most. */
  readonly perSecond: number;
  /** Required. Mends nothing, and says what it would. */
  readonly dryRun: boolean;
  readonly versionsFrom: VersionsFrom;
}

/**
 * Mends keys that differ, and verifies afterwards that source and sink agree on them. Each is compared first: one
 * that agrees is left alone, so that a repair that was killed is resumed by doing it again.
 */
export const repair = async <S extends State>(
  parts: VerifyParts<S> & { readonly mend: Mend<S> },
  options: RepairOptions,
): Promise<RepairResult> => {
  const work = new Repair(parts, options);
  for (let from = 0; from < options.keys.length; from += options.chunkSize) {
    options.signal.throwIfAborted();
    await work.mendAll(options.keys.slice(from, from + options.chunkSize));
    options.onProgress('repairing', work.looked, options.keys.length, work.counts());
  }
  const { mended } = work;
  if (options.dryRun || mended.length === 0) return work.result();
  const verified = await verify(parts, { ...options, mode: { kind: 'keys', keys: mended } });
  return { ...work.result(), verified };
};

class Repair<S extends State> {
  readonly #parts: VerifyParts<S> & { readonly mend: Mend<S> };
  readonly #options: RepairOptions;
  readonly #pace: Pace;
  readonly mended: string[] = [];
  looked = 0;
  #agreed = 0;
  #wrong = 0;
  #left = 0;
  readonly #firstLeft: { key: string; reason: string }[] = [];

  constructor(parts: VerifyParts<S> & { readonly mend: Mend<S> }, options: RepairOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#pace = new Pace({ perSecond: options.perSecond, clock: parts.clock });
  }

  async mendAll(keys: readonly string[]): Promise<void> {
    const wrong = await this.#look(keys);
    this.#wrong += wrong.length;
    if (this.#options.dryRun) return;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    const limit = pLimit(MENDS_AT_ONCE);
    // The first failure ends the others before whoever asked is told.
    await Promise.all(
      wrong.map((one) => limit(() => this.#mend(one, signal).catch((thrown) => stop.abort(thrown)))),
    );
    signal.throwIfAborted();
  }

  counts(): { [name: string]: number } {
    return { mended: this.mended.length, agreed: this.#agreed, left: this.#left };
  }

  result(): RepairResult {
    return {
      plan: this.#options.plan,
      dryRun: this.#options.dryRun,
      keys: this.looked,
      agreed: this.#agreed,
      wrong: this.#wrong,
      mended: this.mended.length,
      left: this.#left,
      firstLeft: this.#firstLeft,
    };
  }

  async #mend(wrong: WrongKey<S>, signal: AbortSignal): Promise<void> {
    const { mend, retry } = this.#parts;
    await this.#pace.turn(signal);
    const outcome = await retry(() => mend(wrong), signal);
    if (outcome === 'mended') this.mended.push(wrong.key);
    else this.#leave(wrong.key, outcome.left);
  }

  async #look(keys: readonly string[]): Promise<WrongKey<S>[]> {
    const { source, store, floors, reading, retry } = this.#parts;
    const { signal, versionsFrom } = this.#options;
    const documents = await retry(() => source.get(keys), signal);
    const stored = await retry(() => store.get(keys), signal);
    const absent = keys.filter((_, i) => !documents[i]);
    const deleted = await retry(() => floors.of(absent), signal);
    const deletedAt = new Map(absent.map((key, i) => [key, deleted[i]]));
    const wrong: WrongKey<S>[] = [];
    for (const [i, key] of keys.entries()) {
      this.looked += 1;
      const document = documents[i];
      const expected = document && recordOrReject(document, reading);
      if (expected instanceof RejectError) {
        this.#leave(key, 'its document cannot be transformed: mend that at the source');
      } else if (compareRecords(expected, stored[i], versionsFrom).length === 0) this.#agreed += 1;
      else wrong.push({ key, expected, stored: stored[i], deletedAt: deletedAt.get(key) });
    }
    return wrong;
  }

  #leave(key: string, reason: string): void {
    this.#left += 1;
    if (this.#firstLeft.length < KEPT) this.#firstLeft.push({ key, reason });
  }
}
