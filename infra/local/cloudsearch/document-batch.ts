import { messageOf } from '../../../services/core/index.ts';
import type { CloudSearchField } from '../../../services/search/cloudsearch-field.ts';
import { type StoredValue, storedValues } from './field-values.ts';
import { refuseDocuments } from './refusal.ts';

export interface AddOperation {
  readonly type: 'add';
  readonly id: string;
  readonly values: ReadonlyMap<string, readonly StoredValue[]>;
}

export interface DeleteOperation {
  readonly type: 'delete';
  readonly id: string;
}

export type Operation = AddOperation | DeleteOperation;

/** Limits: https://docs.aws.amazon.com/cloudsearch/latest/developerguide/limits.html */
export const MAX_BATCH_BYTES = 5 * 1024 * 1024;
const MAX_DOCUMENT_BYTES = 1024 * 1024;
const MAX_FIELDS = 200;
const DOCUMENT_ID = /^[A-Za-z0-9_\-=#;:/?@&]{1,128}$/;
/** What XML 1.0 does not allow: most control characters, lone surrogates, U+FFFE and U+FFFF. */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * Reads the body of documents/batch: all of it is well, or none of it is taken.
 * @throws Refusal that names the first operation at fault and its document.
 */
export const parseBatch = (
  body: Uint8Array,
  fields: ReadonlyMap<string, CloudSearchField>,
): readonly Operation[] => {
  if (body.byteLength > MAX_BATCH_BYTES) {
    throw refuseDocuments(`Request body exceeds ${MAX_BATCH_BYTES} bytes`, 413);
  }
  const batch = parseJson(body);
  if (!Array.isArray(batch) || batch.length === 0) {
    throw refuseDocuments('{ ["The batch must be an array of at least one add or delete operation"] }');
  }
  return batch.map((operation: unknown, index) => {
    try {
      return parseOperation(operation, fields);
    } catch (error) {
      throw refuseDocuments(
        `{ ["${messageOf(error)} (near operation with index ${index + 1}${named(operation)})"] }`,
      );
    }
  });
};

const parseJson = (body: Uint8Array): unknown => {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw refuseDocuments('{ ["The batch is not valid UTF-8"] }');
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuseDocuments(`{ ["The batch is not valid JSON: ${messageOf(cause)}"] }`);
  }
};

const parseOperation = (operation: unknown, fields: ReadonlyMap<string, CloudSearchField>): Operation => {
  if (operation === null || typeof operation !== 'object') throw new Error('An operation is an object');
  const { type, id, fields: given } = operation as { type?: unknown; id?: unknown; fields?: unknown };
  if (type !== 'add' && type !== 'delete') throw new Error('Operation type must be add or delete');
  if (typeof id !== 'string' || !DOCUMENT_ID.test(id)) throw new Error('Invalid document id');
  if (type === 'delete') {
    if (given !== undefined) throw new Error('A delete operation has no fields');
    return { type, id };
  }
  const bytes = Buffer.byteLength(JSON.stringify(operation));
  if (bytes > MAX_DOCUMENT_BYTES) throw new Error(`Document exceeds ${MAX_DOCUMENT_BYTES} bytes: ${bytes}`);
  return { type, id, values: parseFields(given, fields) };
};

const parseFields = (
  given: unknown,
  fields: ReadonlyMap<string, CloudSearchField>,
): Map<string, StoredValue[]> => {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new Error('An add operation has a fields object');
  }
  const entries = Object.entries(given);
  if (entries.length === 0) throw new Error('A document has at least one field');
  if (entries.length > MAX_FIELDS) throw new Error(`A document has at most ${MAX_FIELDS} fields`);
  return new Map(entries.map(([name, value]) => [name, parseField(name, value, fields)]));
};

const parseField = (
  name: string,
  given: unknown,
  fields: ReadonlyMap<string, CloudSearchField>,
): StoredValue[] => {
  const field = fields.get(name);
  if (!field) throw new Error(`Field name "${printable(name)}" is not configured for the domain`);
  let values: StoredValue[];
  try {
    values = storedValues(field, given);
  } catch (error) {
    throw new Error(`Field "${name}" of type ${field.type} ${printable(messageOf(error))}`);
  }
  if (values.some((value) => typeof value === 'string' && NOT_XML.test(value))) {
    throw new Error(`Field "${name}" contains a character that is not valid in XML`);
  }
  return values;
};

const named = (operation: unknown): string => {
  const id = (operation as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? `; document_id ${printable(id).slice(0, 128)}` : '';
};

const printable = (text: string): string => JSON.stringify(text).slice(1, -1);
