/**
 * The parts of two texts: what they share before, what differs, what they share after.
 * @param {string} one
 * @param {string} other
 * @returns {readonly [readonly [string, string, string], readonly [string, string, string]]}
 */
export const differingParts = (one, other) => {
  const shortest = Math.min(one.length, other.length);
  let start = 0;
  while (start < shortest && one[start] === other[start]) start++;
  let end = 0;
  while (end < shortest - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  const cut = (/** @type {string} */ text) =>
    /** @type {const} */ ([
      text.slice(0, start),
      text.slice(start, text.length - end),
      text.slice(text.length - end),
    ]);
  return [cut(one), cut(other)];
};
