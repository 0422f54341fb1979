/**
 * Spreads keys evenly over the 32-bit integers: FNV-1a over UTF-16 code units, mixed by the end of murmur3, since
 * FNV alone is visibly uneven. Any process, whenever, gives a key the same number.
 * http://www.isthe.com/chongo/tech/comp/fnv/ and https://github.com/aappleby/smhasher (fmix32)
 */
export const hashOfKey = (key: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
