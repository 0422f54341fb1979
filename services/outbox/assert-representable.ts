import type { SourceDocument } from '../core/index.ts';
import { UnpublishableError } from './errors.ts';

/** Keys that extended JSON reads as a type; `$ref` and `$id` are left out, since MongoDB reads them so too. */
const RESERVED = new Set([
  '$oid',
  '$date',
  '$numberInt',
  '$numberLong',
  '$numberDouble',
  '$numberDecimal',
  '$binary',
  '$uuid',
  '$code',
  '$scope',
  '$regularExpression',
  '$regex',
  '$options',
  '$timestamp',
  '$minKey',
  '$maxKey',
  '$undefined',
  '$symbol',
  '$dbPointer',
]);

/**
 * Refuses a document that its event would not carry: a plain object with a key such as `$oid` comes out of
 * extended JSON as another value than went in, or not at all.
 * @throws UnpublishableError `reserved-key` naming the path.
 */
export const assertRepresentable = (collection: string, document: SourceDocument): void => {
  const path = reservedPath(document, '');
  if (path === undefined) return;
  throw new UnpublishableError(
    'reserved-key',
    collection,
    `the key at ${path} is one that extended JSON reserves, so the event would carry another value: rename it`,
  );
};

const reservedPath = (value: unknown, path: string): string | undefined => {
  if (typeof value !== 'object' || value === null || '_bsontype' in value || value instanceof Date) {
    return undefined;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (RESERVED.has(key)) return `${path}${key}`;
    const found = reservedPath(inner, `${path}${key}.`);
    if (found !== undefined) return found;
  }
  return undefined;
};
