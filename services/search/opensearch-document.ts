import {
  assertVersion,
  BanyanError,
  messageOf,
  RejectError,
  type State,
  type VersionedRecord,
} from '../core/index.ts';

/** What a document holds beside the state's own fields. Its version is the engine's own `_version`. */
export const RESERVED_FIELDS: readonly string[] = ['key', 'deleted', 'deletedAt'];

/** The engine's limit on a document's id. */
const MAX_ID_BYTES = 512;

/** A record as the two lines of a bulk, and how many bytes that is. */
export interface EncodedRecord {
  readonly lines: string;
  readonly bytes: number;
}

/** A document as the engine gives it back. */
export interface StoredDocument {
  readonly _id: string;
  readonly _version?: number;
  readonly _source?: { readonly [field: string]: unknown };
}

/** Whether an index can have a document of this key at all. A lone surrogate is no UTF-8: keys would collide. */
export const isPossibleKey = (key: string): boolean =>
  key !== '' && Buffer.byteLength(key) <= MAX_ID_BYTES && key.isWellFormed();

/**
 * A record as an `index` operation under its version: the state's fields beside `key`; a tombstone is `deleted`,
 * with the time (Unix milliseconds) since when.
 * @throws RejectError when no document can hold the record.
 */
export const encodeRecord = ({ key, version, state }: VersionedRecord, nowMs: number): EncodedRecord => {
  if (!isPossibleKey(key)) {
    const bytes = Buffer.byteLength(key);
    throw new RejectError(`a key of OpenSearch is 1 to ${MAX_ID_BYTES} bytes of UTF-8, this one is ${bytes}`);
  }
  if (state) assertFields(key, state);
  const action = { index: { _id: key, version, version_type: 'external' } };
  const source = state ? { ...state, key } : { key, deleted: true, deletedAt: nowMs };
  const lines = `${JSON.stringify(action)}\n${jsonOf(key, source)}\n`;
  return { lines, bytes: Buffer.byteLength(lines) };
};

/**
 * The record that a document holds, a tombstone included.
 * @throws BanyanError `not-ours` for a document without a key or a version: something else wrote it.
 */
export const decodeDocument = <S extends State>(document: StoredDocument): VersionedRecord<S> => {
  const { _id, _version, _source = {} } = document;
  const { key, deleted = false, deletedAt, ...state } = _source;
  if (key !== _id || _version === undefined) {
    throw new BanyanError('not-ours', `document ${_id} of the index was not written by Banyan`);
  }
  const version = assertVersion(_version);
  return { key: _id, version, state: deleted ? null : (state as unknown as S) };
};

const jsonOf = (key: string, value: State): string => {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new RejectError(`the state of ${key} is no JSON: ${messageOf(cause)}`, { cause });
  }
};

const assertFields = (key: string, state: State): void => {
  const taken = RESERVED_FIELDS.filter((field) => field in state);
  if (taken.length === 0) return;
  throw new RejectError(
    `the state of ${key} has the field(s) ${taken.join(', ')}, which the index keeps for itself: rename them in the transform`,
  );
};
