import { describe, expect, it } from '@jest/globals';
import { isWeightPercent, parseWeightPercent } from '../../../../proxy/routing/weight.ts';

describe('a weight', () => {
  it('is any step of 0.01 from 0 to 100', () => {
    const steps = Array.from({ length: 10_001 }, (_, hundredths) => hundredths / 100);
    expect(steps.filter((step) => !isWeightPercent(step))).toEqual([]);
  });

  it.each([-0.01, 100.01, 0.005, 33.333, Number.NaN, Number.POSITIVE_INFINITY])('is not %d', (value) => {
    expect(isWeightPercent(value)).toBe(false);
  });

  it.each([
    ['25', 25],
    ['0.01', 0.01],
    [' 12.5 % ', 12.5],
    ['100%', 100],
    ['0', 0],
    ['0.29', 0.29],
  ])('is read from %j', (text, value) => {
    expect(parseWeightPercent(text)).toBe(value);
  });

  it.each(['', 'x', '-1', '101', '0.001', '1e2', '0x10', '5 percent', '1,5'])(
    'is not read from %j',
    (text) => {
      expect(() => parseWeightPercent(text)).toThrow(/is not a weight: give a percentage from 0 to 100/);
    },
  );
});
