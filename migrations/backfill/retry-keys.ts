import {
  RejectError,
  type SourceDocument,
  type State,
  type Version,
  type VersionedRecord,
} from '../../services/core/index.ts';
import type { PutOutcome, VersionedStore } from '../../services/store/versioned-store.ts';
import { type Reading, recordOrReject } from './record-or-reject.ts';
import type { Source } from './source.ts';

export interface RetryKeysParts<S extends State = State> {
  readonly source: Pick<Source, 'get'>;
  readonly store: VersionedStore<S>;
  readonly reading: Reading<S>;
  /** The versions that the deletions of `keys` left, in their order; `undefined` where there was none. */
  floorsOf(keys: readonly string[]): Promise<(Version | undefined)[]>;
}

/**
 * What became of one key: as a put's outcome; or `absent`, when the source has neither the document nor a trace
 * of its deletion, so that there is nothing to apply.
 */
export type RetryOutcome = PutOutcome | 'absent';

/**
 * Applies what the source says about keys now, whatever a quarantined record said of them (law 3): the current
 * document, or a tombstone at the version that its deletion left. One outcome per key, in order.
 * @throws BanyanError, `retryable`, when source or sink stays away: doing it again is harmless.
 */
export const retryKeys = async <S extends State>(
  parts: RetryKeysParts<S>,
  keys: readonly string[],
): Promise<RetryOutcome[]> => {
  // Floors after documents: a document that is deleted in between is put, and its deletion follows on the stream.
  const documents = await parts.source.get(keys);
  const floors = await parts.floorsOf(keys);
  const readings = keys.map((key, i) => readKey(key, documents[i], floors[i], parts.reading));
  const records = readings.filter(isRecord<S>);
  const outcomes = records.length === 0 ? [] : await parts.store.putIfNewer(records);
  const outcomeOf = new Map(records.map(({ key }, i) => [key, outcomes[i]]));
  return readings.map((reading) =>
    isRecord<S>(reading) ? (outcomeOf.get(reading.key) ?? 'absent') : reading,
  );
};

type KeyReading<S extends State> = VersionedRecord<S> | RejectError | 'absent';

const isRecord = <S extends State>(reading: KeyReading<S>): reading is VersionedRecord<S> =>
  reading !== 'absent' && !(reading instanceof RejectError);

const readKey = <S extends State>(
  key: string,
  document: SourceDocument | undefined,
  floor: Version | undefined,
  reading: Reading<S>,
): KeyReading<S> => {
  if (document) return recordOrReject(document, reading);
  return floor === undefined ? 'absent' : { key, version: floor, state: null };
};
