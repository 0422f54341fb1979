import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf, isCandidates } from '../../../../proxy/routing/sticky-bucket.ts';

const KEYS = Array.from({ length: 100_000 }, (_, at) => `user-${at}`);
const BUCKETS = KEYS.map((key) => bucketOf('search', key));
/** Two-sided 99.9 % of a normal distribution. */
const Z_999 = 3.2905;
/** The 99.9 % quantile of chi-square with 81 degrees of freedom. */
const CHI_SQUARE_81 = 126.1;

const anyWeight = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);

describe('the sticky bucket', () => {
  it.each([
    ['', 0, 0],
    ['hello', 0x248bfa47, 0],
    ['hello, world', 0x149bbb7f, 0],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723, 0],
  ])('is murmur3 32 of the whole text, as in the reference for %j', (text, reference) => {
    // salt and key are joined by a colon, so that a text without one is tried by its own hash.
    const [salt = '', key = ''] = splitAt(text);
    const expected = Math.floor((murmurOf(`${salt}:${key}`) * 10_000) / 2 ** 32);
    expect(bucketOf(salt, key)).toBe(expected);
    expect(murmurOf(text)).toBe(reference);
  });

  it('is what law 10 says for keys of every alphabet', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (salt, key) => {
        const bucket = bucketOf(salt, key);
        expect(bucket).toBe(Math.floor((murmurOf(`${salt}:${key}`) * 10_000) / 2 ** 32));
        expect(bucket).toBeGreaterThanOrEqual(0);
        expect(bucket).toBeLessThan(10_000);
      }),
    );
  });

  it.each(['search', 'profiles'])(
    'gives the candidate every weight from 0.01 to 100 %% of 100,000 users, within the 99.9 %% band, under the salt %s',
    (salt) => {
      const usersOf = new Array<number>(10_000).fill(0);
      for (const key of KEYS) {
        const bucket = bucketOf(salt, key);
        usersOf[bucket] = (usersOf[bucket] ?? 0) + 1;
      }
      let count = 0;
      const outside: number[] = [];
      for (let step = 1; step <= 10_000; step++) {
        // One step more is one bucket more: see below.
        count += usersOf[step - 1] ?? 0;
        const share = step / 10_000;
        const expected = KEYS.length * share;
        if (Math.abs(count - expected) > Z_999 * Math.sqrt(expected * (1 - share))) outside.push(step / 100);
      }
      expect(outside).toEqual([]);
      expect(count).toBe(KEYS.length);
    },
  );

  it('gives the candidate nobody at 0 % and everybody at 100 %', () => {
    expect(BUCKETS.some((bucket) => isCandidates(bucket, 0))).toBe(false);
    expect(BUCKETS.every((bucket) => isCandidates(bucket, 100))).toBe(true);
  });

  it('moves nobody back when the weight rises', () => {
    fc.assert(
      fc.property(fc.string(), anyWeight, anyWeight, (key, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const bucket = bucketOf('search', key);
        expect(isCandidates(bucket, low) && !isCandidates(bucket, high)).toBe(false);
      }),
    );
  });

  it('takes each step of 0.01 % as exactly one bucket, whatever binary fractions make of it', () => {
    const steps = Array.from({ length: 10_001 }, (_, hundredths) => hundredths);
    const wrong = steps.filter(
      (step) => !isCandidates(step - 1, step / 100) || isCandidates(step, step / 100),
    );
    expect(wrong).toEqual([]);
  });

  it('deals two routes independent cohorts', () => {
    const cells = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
    for (const [at, key] of KEYS.entries()) {
      const row = cells[Math.floor((BUCKETS[at] ?? 0) / 1_000)];
      const column = Math.floor(bucketOf('profiles', key) / 1_000);
      if (row) row[column] = (row[column] ?? 0) + 1;
    }
    const rows = cells.map(sum);
    const columns = cells.map((_, column) => sum(cells.map((row) => row[column] ?? 0)));
    let chiSquare = 0;
    for (const [row, counts] of cells.entries()) {
      for (const [column, count] of counts.entries()) {
        const expected = ((rows[row] ?? 0) * (columns[column] ?? 0)) / KEYS.length;
        chiSquare += (count - expected) ** 2 / expected;
      }
    }
    expect(chiSquare).toBeLessThan(CHI_SQUARE_81);
  });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const splitAt = (text: string): string[] => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];

/** MurmurHash3_x86_32 with seed 0, written from the reference, to hold the package to it. */
const murmurOf = (text: string): number => {
  const bytes = new TextEncoder().encode(text);
  const mix = (k: number) => Math.imul(rotl(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let h = 0;
  const whole = bytes.length - (bytes.length % 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < whole; at += 4) {
    h = (Math.imul(rotl(h ^ mix(view.getUint32(at, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  if (whole < bytes.length) h ^= mix(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

const rotl = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
