import { describe, expect, it } from '@jest/globals';
import { sampleSizeFor, shareAtMost } from '../../../../migrations/verify/confidence.ts';

const bound = (sampled: number, different: number, confidencePercent: number) =>
  shareAtMost({ sampled, different, confidencePercent });

describe('what a sample says of all keys', () => {
  it('is about 3 / n at 95 %, when none differs', () => {
    for (const sampled of [1_000, 10_000, 1_000_000]) {
      expect(bound(sampled, 0, 95) * sampled).toBeCloseTo(3, 1);
    }
  });

  // R: binom.test(d, n, alternative = "less", conf.level = c)$conf.int[2]
  it.each([
    [100, 0, 99, 0.0450074],
    [10, 1, 95, 0.3941633],
    [100, 1, 95, 0.0465598],
    [1_000, 10, 99, 0.0200299],
    [20, 20, 95, 1],
    [0, 0, 99, 1],
  ])('of %i with %i that differ, at %i %%, is at most %d', (sampled, different, confidence, expected) => {
    expect(bound(sampled, different, confidence)).toBeCloseTo(expected, 4);
  });

  it('does not underflow on large samples', () => {
    expect(bound(1_000_000, 50, 99)).toBeGreaterThan(50e-6);
    expect(bound(1_000_000, 50, 99)).toBeLessThan(80e-6);
  });

  it('takes 46,050 keys to be 99 % sure that fewer than 1 in 10,000 differ', () => {
    const size = sampleSizeFor({ share: 1e-4, confidencePercent: 99 });
    expect(size).toBe(46_050);
    expect(bound(size, 0, 99)).toBeLessThanOrEqual(1e-4);
    expect(bound(size - 1, 0, 99)).toBeGreaterThan(1e-4);
  });
});
