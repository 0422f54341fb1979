import type { Hit } from '@aws-sdk/client-cloudsearch-domain';
import { assertVersion, BanyanError, RejectError, type State, type VersionedRecord } from '../core/index.ts';
import { type CloudSearchField, EXACT_FIELD, VERSION_FIELD } from './cloudsearch-field.ts';
import { idOfKey, keyOfId } from './cloudsearch-id.ts';

/** CloudSearch's limit on one document. */
const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** One operation of a batch, as JSON, and how many bytes that is. */
export interface EncodedOperation {
  readonly json: string;
  readonly bytes: number;
}

export interface DocumentFormat {
  readonly fields: readonly CloudSearchField[];
  readonly exactField: string;
}

/**
 * A record as an operation on the domain: an add that carries the version, or, for a tombstone, a delete.
 * @throws RejectError for what the domain could not give back: an unknown field, null, an empty list; and for a
 * document or a key that is too large.
 */
export const encodeRecord = (record: VersionedRecord, format: DocumentFormat): EncodedOperation => {
  const id = idOfKey(record.key);
  const operation =
    record.state === null
      ? { type: 'delete', id }
      : { type: 'add', id, fields: fieldsOf(record, record.state, format) };
  const json = JSON.stringify(operation);
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_DOCUMENT_BYTES) return { json, bytes };
  throw new RejectError(`the document is ${bytes} bytes: CloudSearch takes at most ${MAX_DOCUMENT_BYTES}`);
};

const fieldsOf = ({ version }: VersionedRecord, state: State, format: DocumentFormat): State => {
  for (const [name, value] of Object.entries(state)) {
    if (!format.fields.some((field) => field.name === name)) {
      throw new RejectError(`the search domain has no field ${name}`);
    }
    if (value === null || (Array.isArray(value) && value.length === 0)) {
      throw new RejectError(
        `${name} is ${value === null ? 'null' : 'an empty list'}: CloudSearch cannot hold that`,
      );
    }
  }
  const exact = state[format.exactField];
  return {
    ...state,
    [VERSION_FIELD.name]: version,
    ...(typeof exact === 'string' ? { [EXACT_FIELD.name]: exactValue(exact) } : {}),
  };
};

/** What is compared when a query is compared as a whole. */
export const exactValue = (text: string): string => text.trim().toLowerCase();

/**
 * The record that a hit is: the service answers lists of strings, which the fields' types turn back.
 * @throws BanyanError `not-ours` for a document without a version: something else wrote it.
 */
export const decodeHit = <S extends State>(
  hit: Hit,
  format: DocumentFormat,
): VersionedRecord<S> & { state: S } => {
  const version = hit.fields?.[VERSION_FIELD.name]?.[0];
  if (hit.id === undefined || version === undefined) {
    throw new BanyanError('not-ours', `document ${hit.id} of the search domain has no ${VERSION_FIELD.name}`);
  }
  const entries = format.fields.flatMap((field) => {
    const values = hit.fields?.[field.name];
    return values?.length ? [[field.name, decodeValues(field, values)]] : [];
  });
  return {
    key: keyOfId(hit.id),
    version: assertVersion(Number(version)),
    state: Object.fromEntries(entries),
  };
};

const decodeValues = ({ type }: CloudSearchField, values: readonly string[]): unknown => {
  const isNumber = type.startsWith('int') || type.startsWith('double');
  const decoded = isNumber ? values.map(Number) : [...values];
  return type.endsWith('-array') ? decoded : decoded[0];
};
