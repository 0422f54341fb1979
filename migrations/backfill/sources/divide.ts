/**
 * How many of `count` partitions each bracket gets: in proportion to its documents, and at least one, so that
 * a bracket which is empty now is read all the same.
 */
export const partitionsPerBracket = (documents: readonly number[], count: number): number[] => {
  const total = documents.reduce((sum, n) => sum + n, 0);
  return documents.map((n) => Math.max(1, Math.min(n, Math.round((n / Math.max(1, total)) * count))));
};

/** The sizes of `parts` parts of `documents`, which differ by at most one. */
export const evenParts = (documents: number, parts: number): number[] =>
  Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((documents * part) / parts);
    return Math.floor((documents * (part + 1)) / parts) - from;
  });
