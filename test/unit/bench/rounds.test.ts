import { describe, expect, it } from '@jest/globals';
import { alternate, median, quantile } from '../../bench/rounds.ts';

describe('alternate', () => {
  it('runs every contender once a round, every other round backwards', async () => {
    const order: string[] = [];
    const run = (name: string) => async (round: number) => {
      order.push(`${name}${round}`);
      return round;
    };
    expect(await alternate(3, { ours: run('a'), peer: run('b') })).toEqual({
      ours: [0, 1, 2],
      peer: [0, 1, 2],
    });
    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
  });
});

describe('median', () => {
  it.each([
    [[3], 3],
    [[10, 2, 9], 9],
    [[4, 1, 3, 2], 2.5],
    [[], Number.NaN],
  ])('of %j is %d', (values, expected) => expect(median(values)).toBe(expected));
});

describe('quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ])('%d of a hundred values is %d', (share, expected) => expect(quantile(hundred, share)).toBe(expected));

  it('of nothing is not a number', () => expect(quantile([], 0.5)).toBeNaN());
});
