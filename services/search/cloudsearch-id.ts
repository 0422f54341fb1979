import { RejectError } from '../core/index.ts';

/** CloudSearch's limit, in characters of its small alphabet. */
const MAX_ID_LENGTH = 128;
/** What stands for itself: CloudSearch's alphabet for document ids without `=`, which escapes. */
const PLAIN = /[A-Za-z0-9_\-#;:/?@&]/;
const PLAIN_ID = /^[A-Za-z0-9_\-#;:/?@&]{1,128}$/;
const ESCAPE = /=([0-9a-f]{2})/g;

/**
 * A key as a CloudSearch document id: each byte of UTF-8 that the id's alphabet lacks, and `=`, becomes `=` and
 * two hex digits. Different keys never share an id.
 * @throws RejectError when the id would be longer than CloudSearch takes.
 */
export const idOfKey = (key: string): string => {
  if (PLAIN_ID.test(key)) return key;
  const id = [...Buffer.from(key, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return PLAIN.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
  if (key.isWellFormed() && id.length >= 1 && id.length <= MAX_ID_LENGTH) return id;
  throw new RejectError(
    `the key ${key.slice(0, MAX_ID_LENGTH)} makes no CloudSearch id of 1 to ${MAX_ID_LENGTH} characters`,
  );
};

/** The key that `idOfKey` made `id` from. */
export const keyOfId = (id: string): string =>
  Buffer.from(
    id.replaceAll(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
