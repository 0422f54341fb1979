/**
 * One text for each value of a state, whatever the order of its fields: two values are the same if, and only if,
 * their texts are. A field that is `undefined` is absent; a `Date` is its text, as JSON has it. What stores answer
 * beyond JSON (bytes, sets, big integers) has texts of its own.
 */
export const canonicalJson = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return value === 0 ? '0' : String(value);
  if (typeof value !== 'object') return String(value);
  return value === null ? 'null' : ofObject(value);
};

const ofObject = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(ofElement).join()}]`;
  if (value instanceof Uint8Array) return `bytes"${Buffer.from(value).toString('base64')}"`;
  if (value instanceof Set) return `set[${[...value].map(canonicalJson).sort().join()}]`;
  if (value instanceof Map) return ofFields(Object.fromEntries(value));
  if ('toJSON' in value && typeof value.toJSON === 'function') return canonicalJson(value.toJSON());
  return ofFields(value as Fields);
};

type Fields = { readonly [field: string]: unknown };

const ofFields = (fields: Fields): string => {
  let text = '';
  for (const field of Object.keys(fields).sort()) {
    const value = fields[field];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(field)}:${canonicalJson(value)}`;
  }
  return `{${text}}`;
};

/** JSON has no other word for a hole in a list. */
const ofElement = (element: unknown): string => (element === undefined ? 'null' : canonicalJson(element));
