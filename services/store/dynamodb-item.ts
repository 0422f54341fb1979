import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { convertToNative, marshall } from '@aws-sdk/util-dynamodb';
import { messageOf, RejectError, type State, type VersionedRecord } from '../core/index.ts';

/** An item as DynamoDB's low-level client takes it. */
export type Item = Record<string, AttributeValue>;

/** The attributes that a store keeps beside the state's own fields. */
const RESERVED_FIELDS: readonly string[] = ['key', 'version', 'deleted', 'expiresAt'];

const MAX_ITEM_BYTES = 400 * 1024;
const MAX_KEY_BYTES = 2048;

/** Whether a table can have an item of this key at all. */
export const isPossibleKey = (key: string): boolean => key !== '' && Buffer.byteLength(key) <= MAX_KEY_BYTES;

/**
 * A record as a flat item: the state's fields beside `key` and `version`; a tombstone is `deleted` and leaves
 * by itself at `expiresAt` (Unix seconds).
 * @throws RejectError when no item can hold the record.
 */
export const itemOf = (record: VersionedRecord, options: { nowMs: number; tombstoneTtlMs: number }): Item => {
  const { key, version, state } = record;
  if (!isPossibleKey(key)) {
    throw new RejectError(`a key has 1 to ${MAX_KEY_BYTES} bytes, this one ${Buffer.byteLength(key)}`);
  }
  const expiresAt = Math.ceil((options.nowMs + options.tombstoneTtlMs) / 1_000);
  const item = marshalled(key, { ...(state ?? { deleted: true, expiresAt }), key, version });
  if (state) assertFields(key, state);
  if (minimumBytes(item) > MAX_ITEM_BYTES) {
    throw new RejectError(`the state of ${key} is larger than the 400 KB of a DynamoDB item`);
  }
  return item;
};

/** The record that an item holds, a tombstone included; `undefined` for a tombstone whose time is over. */
export const recordOf = <S extends State>(item: Item, nowMs: number): VersionedRecord<S> | undefined => {
  const deleted = item.deleted?.BOOL ?? false;
  // DynamoDB removes an expired item up to days late.
  if (deleted && Number(item.expiresAt?.N) <= nowMs / 1_000) return undefined;
  const key = item.key?.S ?? '';
  const version = Number(item.version?.N ?? 0);
  return { key, version, state: deleted ? null : (stateOf(item) as S) };
};

const stateOf = (item: Item): State => {
  const state: { [field: string]: unknown } = {};
  for (const field of Object.keys(item)) {
    const value = item[field];
    if (value && !RESERVED_FIELDS.includes(field)) state[field] = nativeOf(value);
  }
  return state;
};

/** The SDK's own conversion, but for the common kinds, which it takes four times as long for. */
const nativeOf = (value: AttributeValue): unknown => {
  if (value.S !== undefined) return value.S;
  if (value.BOOL !== undefined) return value.BOOL;
  return convertToNative(value);
};

const marshalled = (key: string, value: State): Item => {
  try {
    return marshall(value, { removeUndefinedValues: true });
  } catch (cause) {
    throw new RejectError(`the state of ${key} does not fit an item: ${messageOf(cause)}`, { cause });
  }
};

const assertFields = (key: string, state: State): void => {
  const taken = RESERVED_FIELDS.filter((field) => field in state);
  if (taken.length === 0) return;
  throw new RejectError(
    `the state of ${key} has the field(s) ${taken.join(', ')}, which the store keeps for itself: rename them in the transform`,
  );
};

/** At least what DynamoDB counts: names and values as UTF-8, everything that is not text as one byte. */
const minimumBytes = (item: Item): number =>
  Object.entries(item).reduce(
    (bytes, [name, value]) => bytes + Buffer.byteLength(name) + valueBytes(value),
    0,
  );

const valueBytes = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.M !== undefined) return 3 + minimumBytes(value.M);
  if (value.L !== undefined) return value.L.reduce((bytes, element) => bytes + valueBytes(element), 3);
  return 1;
};
