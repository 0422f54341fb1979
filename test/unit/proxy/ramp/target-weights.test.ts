import { describe, expect, it } from '@jest/globals';
import { percentOf, targetWeightsOf } from '../../../../proxy/ramp/dials/alb/target-weights.ts';
import { UsageError } from '../../../../services/core/index.ts';

describe('the weights of target groups', () => {
  it.each([
    [0, { control: 100, candidate: 0 }],
    [25, { control: 75, candidate: 25 }],
    [100, { control: 0, candidate: 100 }],
    [0.1, { control: 999, candidate: 1 }],
    [99.9, { control: 1, candidate: 999 }],
    [12.5, { control: 875, candidate: 125 }],
  ])('are whole numbers for %d %', (percent, weights) => {
    expect(targetWeightsOf(percent)).toEqual(weights);
  });

  it('read as what was asked for, in every step of 0.1 %', () => {
    const tenths = Array.from({ length: 1_001 }, (_, at) => at / 10);
    const wrong = tenths.filter((percent) => percentOf(targetWeightsOf(percent)) !== percent);
    expect(wrong).toEqual([]);
  });

  it.each([
    [0.01, 0],
    [0.06, 0.1],
    [14.28, 14.29],
  ])('are refused for %d %, which none give, with the nearest', (percent, nearest) => {
    expect(() => targetWeightsOf(percent)).toThrow(new RegExp(`the nearest it can is ${nearest} %$`));
  });

  it('are refused for what is no weight', () => {
    expect(() => targetWeightsOf(101)).toThrow(UsageError);
  });
});
