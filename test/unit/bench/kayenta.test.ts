import { describe, expect, it } from '@jest/globals';
import { kayentaFindsHigh } from '../../bench/judging/kayenta.ts';
import { seededRandom } from '../../scenarios/simulation/random.ts';

const random = seededRandom(1);
const around = (centre: number): number[] =>
  Array.from({ length: 60 }, () => centre * (0.8 + 0.4 * random()));

describe("Kayenta's rule", () => {
  it('passes equal samples, lower ones, and those that are a little higher', () => {
    expect(kayentaFindsHigh(around(10), around(10))).toBe(false);
    expect(kayentaFindsHigh(around(10), around(5))).toBe(false);
    expect(kayentaFindsHigh(around(10), around(10.2))).toBe(false);
  });

  it('finds what is clearly higher, the sparse and tied as well', () => {
    expect(kayentaFindsHigh(around(10), around(12))).toBe(true);
    const sparse = (every: number) => Array.from({ length: 60 }, (_, at) => (at % every === 0 ? 1 : 0));
    expect(kayentaFindsHigh(sparse(60), sparse(1))).toBe(true);
  });

  it('misses errors that most minutes do not have', () => {
    const sparse = (every: number) => Array.from({ length: 60 }, (_, at) => (at % every === 0 ? 1 : 0));
    expect(kayentaFindsHigh(sparse(60), sparse(4))).toBe(false);
  });
});
