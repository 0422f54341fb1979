import murmurHash3 from 'murmurhash3js-revisited';

// It would test every byte for being one; a Buffer's are.
murmurHash3.inputValidation = false;

/** Buckets that a route's keys fall into: a weight moves them in steps of 0.01 %. */
const BUCKETS = 10_000;

/** The bucket of `key` under `salt`, 0 to 9,999: the same on every instance, forever. Law 10. */
export const bucketOf = (salt: string, key: string): number =>
  Math.floor((murmurHash3.x86.hash32(Buffer.from(`${salt}:${key}`)) * BUCKETS) / 2 ** 32);

/** 32 bits that stand for a key where many are compared: two keys share theirs once in 4 thousand million pairs. */
export const fingerprintOf = (key: string): number => murmurHash3.x86.hash32(Buffer.from(key));

/** Whether the candidate serves `bucket` at this weight. Raising the weight moves nobody back. Law 10. */
export const isCandidates = (bucket: number, weightPercent: number): boolean =>
  bucket < Math.round(weightPercent * 100);
