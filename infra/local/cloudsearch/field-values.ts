import type { CloudSearchField } from '../../../services/search/cloudsearch-field.ts';

/** What SQLite stores for one value. */
export type StoredValue = string | number | bigint;

const INT = /^[+-]?\d+$/;
const MAX_INT = 2n ** 63n - 1n;
const MAX_LITERAL_CODE_POINTS = 4096;
const MAX_VALUES = 1000;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** Whether a field holds several values. */
export const isArrayField = (field: CloudSearchField): boolean => field.type.endsWith('-array');

/** A field's type without `-array`. */
export const baseType = (field: CloudSearchField): string => field.type.replace('-array', '');

/**
 * The values of a document's field as the domain stores them, one or (for an array field) up to 1,000.
 * @throws Error with the reason when the field's type does not take them.
 */
export const storedValues = (field: CloudSearchField, given: unknown): StoredValue[] => {
  const values: unknown[] = Array.isArray(given) ? given : [given];
  if (!isArrayField(field) && values.length > 1) throw new Error('has one value, not several');
  if (values.length > MAX_VALUES) throw new Error(`takes at most ${MAX_VALUES} values`);
  return values.map((value) => storedValue(baseType(field), value));
};

const storedValue = (type: string, value: unknown): StoredValue => {
  if (value === null) throw new Error('cannot be null');
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new Error(`takes a string or a number, not ${JSON.stringify(value)}`);
  }
  if (type === 'int') return intValue(value);
  if (type === 'double') return doubleValue(value);
  return type === 'date' ? dateValue(String(value)) : stringValue(type, String(value));
};

const intValue = (value: string | number): StoredValue => {
  // A JSON number above 2^53 has lost digits before we see it, so only a string may be that large here.
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Error(`takes integers, not ${value}`);
    return BigInt(value);
  }
  if (!INT.test(value)) throw new Error(`takes integers, not ${JSON.stringify(value)}`);
  const integer = BigInt(value);
  if (integer > MAX_INT || integer < -MAX_INT - 1n) throw new Error(`takes 64-bit integers, not ${value}`);
  return integer;
};

const doubleValue = (value: string | number): number => {
  const double = value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(double)) throw new Error(`takes numbers, not ${JSON.stringify(value)}`);
  return double;
};

const dateValue = (value: string): string => {
  if (!DATE.test(value) || Number.isNaN(Date.parse(value))) {
    throw new Error(`takes dates like 2025-01-31T12:00:00Z, not ${JSON.stringify(value)}`);
  }
  return value;
};

const stringValue = (type: string, value: string): string => {
  if (type === 'literal' && [...value].length > MAX_LITERAL_CODE_POINTS) {
    throw new Error(`takes at most ${MAX_LITERAL_CODE_POINTS} characters`);
  }
  return value;
};
