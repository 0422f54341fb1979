import { describe, expect, it } from '@jest/globals';
import { isNoise } from '../../../../proxy/shadow/noise.ts';

const counts = (differedInControl: number, controlPairs: number, differed: number, compared: number) => ({
  controlPairs,
  differedInControl,
  compared,
  differed,
});

describe('noise', () => {
  it.each([
    ['a clock', counts(20, 20, 200, 200), true],
    ['an order by chance', counts(9, 20, 105, 200), true],
    ['a field that the control always has the same', counts(0, 1_000, 1, 1_000), false],
    ['a field that differs far oftener than in the control', counts(10, 1_000, 500, 1_000), false],
    ['as much as the control, by large counts', counts(300, 1_000, 310, 1_000), true],
    ['half as much again, by large counts', counts(3_000, 10_000, 4_700, 10_000), false],
    ['nothing compared yet', counts(5, 20, 0, 0), false],
  ])('tells %s', (_, given, expected) => {
    expect(isNoise(given)).toBe(expected);
  });
});
