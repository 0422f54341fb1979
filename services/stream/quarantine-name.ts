import { createHash } from 'node:crypto';

const LONGEST = 180;
const KEPT = 120;

/**
 * A source's or an entry's name as part of a path: nothing in it can leave its folder, and names that sort by
 * time still do. A name too long for a file system is cut, and told apart by its hash; so is one of broken Unicode.
 */
export const quarantineName = (name: string): string => {
  const safe = encodeURIComponent(name.toWellFormed()).replaceAll('.', '%2E').replaceAll('*', '%2A');
  if (safe.length <= LONGEST && name.isWellFormed()) return safe;
  return `${safe.slice(0, KEPT)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
};

/** Where an entry lies, below whatever keeps it. */
export const quarantinePath = (entry: { readonly source: string; readonly id: string }): string =>
  `${quarantineName(entry.source)}/${quarantineName(entry.id)}.json`;
