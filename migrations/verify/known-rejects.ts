import type { Clock, State, VersionedRecord } from '../../services/core/index.ts';
import type { QuarantineEntry } from '../../services/stream/quarantine.ts';
import type { Reading } from '../backfill/record-or-reject.ts';
import type { VersionsFrom } from './compare.ts';
import { digestOf, type Expectation, RejectedDocument, readDocument } from './expectation.ts';
import { quarantinedDocuments } from './quarantined-documents.ts';

/** A key whose document, as the source has it now, is in quarantine. */
export interface KnownReject {
  readonly key: string;
  /** The entry's, for `banyan quarantine show`. */
  readonly id: string;
  readonly reason: string;
}

export interface KnownRejectsParts<S extends State = State> {
  readonly reading: Reading<S>;
  readonly versionsFrom: VersionsFrom;
  readonly clock: Clock;
  /** What the plan's backfill and consumer put into quarantine. */
  quarantined(): AsyncIterable<QuarantineEntry>;
}

/** By key, and by the digest of what the document in quarantine stands for. */
type Known = ReadonlyMap<string, ReadonlyMap<string, KnownReject>>;

/**
 * Tells what is known to be missing: what backfill or consumer put into quarantine, as long as the source has it so.
 * A document that changed since is none of these, nor one of which the sink holds that version or a later one: then
 * nobody refused it. The quarantine is read when first asked, and again by whoever waited for it.
 */
export class KnownRejects<S extends State = State> {
  readonly #parts: KnownRejectsParts<S>;
  #known: Known = new Map();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: KnownRejectsParts<S>) {
    this.#parts = parts;
  }

  /** As far as the quarantine was read until now. */
  peek(
    key: string,
    expected: Expectation<S>,
    stored: VersionedRecord<S> | undefined,
  ): KnownReject | undefined {
    const known = this.#known.get(key);
    const { versionsFrom } = this.#parts;
    if (!known || !canBeRefused(expected, stored, versionsFrom)) return undefined;
    return known.get(digestOf(expected, versionsFrom));
  }

  /** Everything that was put into quarantine until `untilMs` counts, if that is past. */
  async find(
    key: string,
    expected: Expectation<S>,
    stored: VersionedRecord<S> | undefined,
    untilMs: number,
  ): Promise<KnownReject | undefined> {
    const known = this.peek(key, expected, stored);
    if (known || this.#readAtMs >= untilMs) return known;
    await this.#read();
    return this.peek(key, expected, stored);
  }

  async #read(): Promise<void> {
    const { clock, reading, versionsFrom } = this.#parts;
    const readAtMs = clock.nowMs();
    const known = new Map<string, Map<string, KnownReject>>();
    for await (const entry of this.#parts.quarantined()) {
      const { key, id, reason } = entry;
      if (key === undefined) continue;
      const ofKey = known.get(key) ?? new Map<string, KnownReject>();
      known.set(key, ofKey);
      for (const document of quarantinedDocuments(entry)) {
        ofKey.set(digestOf(readDocument(document, reading), versionsFrom), { key, id, reason });
      }
    }
    this.#known = known;
    this.#readAtMs = readAtMs;
  }
}

/** What has no state is refused by nobody, and what the sink holds was not. */
const canBeRefused = (
  expected: Expectation,
  stored: VersionedRecord | undefined,
  versionsFrom: VersionsFrom,
): boolean => {
  if (expected instanceof RejectedDocument) return true;
  if (!expected?.state) return false;
  return versionsFrom === 'elsewhere' || !stored || stored.version < expected.version;
};
