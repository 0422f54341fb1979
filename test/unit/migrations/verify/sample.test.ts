import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Sample } from '../../../../migrations/verify/sample.ts';

const draw = (keys: readonly string[], size: number, seed = 's'): string[] => {
  const sample = new Sample({ size, seed });
  for (const key of keys) sample.add(key);
  return sample.keys;
};

const keys = fc.uniqueArray(fc.string(), { maxLength: 50 });

describe('a sample of keys', () => {
  it('is the same whatever the order in which they come', () => {
    fc.assert(
      fc.property(keys, fc.nat({ max: 20 }), fc.string(), (some, size, seed) => {
        const drawn = draw(some, size, seed);
        expect(drawn).toHaveLength(Math.min(size, some.length));
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(draw(some.toReversed(), size, seed)).toEqual(drawn);
      }),
    );
  });

  it('keeps its keys when others come and go, but for those that make room', () => {
    const some = Array.from({ length: 1_000 }, (_, i) => `key ${i}`);
    const before = draw(some, 50);
    const after = new Set(draw([...some.filter((key) => !before.slice(0, 5).includes(key)), 'one more'], 50));
    expect(before.filter((key) => after.has(key)).length).toBeGreaterThanOrEqual(44);
  });

  it('draws every key equally often', () => {
    const some = Array.from({ length: 20 }, (_, i) => `key ${i}`);
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 2_000; seed += 1) {
      for (const key of draw(some, 5, `${seed}`)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // 500 expected; six standard deviations.
    for (const key of some) expect(Math.abs((counts.get(key) ?? 0) - 500)).toBeLessThan(117);
  });
});
