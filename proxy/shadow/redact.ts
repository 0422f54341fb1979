/** A text is shown up to here. */
const MAX_CHARS = 60;

/**
 * What of a value may be kept: its shape. Letters become `a` or `A` and digits `0`, so that a difference of
 * format, case or length shows and its content does not; lists and objects are their size. Booleans and null are
 * themselves.
 */
export const redacted = (value: unknown): unknown => {
  if (typeof value === 'string') return shapeOf(value);
  if (typeof value === 'number') return shapeOf(String(value));
  if (Array.isArray(value)) return `[${value.length} elements]`;
  if (typeof value === 'object' && value !== null) return `{${Object.keys(value).length} fields}`;
  return value ?? null;
};

const shapeOf = (text: string): string => {
  const shape = text
    .slice(0, MAX_CHARS)
    .replace(/\p{L}|\p{N}/gu, (letter) => (/\p{N}/u.test(letter) ? '0' : /\p{Lu}/u.test(letter) ? 'A' : 'a'));
  return text.length > MAX_CHARS ? `${shape}… (${text.length} characters)` : shape;
};

/** A value whose field may be shown, bounded. */
export const shown = (value: unknown): unknown => {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= MAX_CHARS ? (value ?? null) : `${text.slice(0, MAX_CHARS)}…`;
};
