import { describe, expect, it } from '@jest/globals';
import { compared, measured } from '../../bench/figure.ts';

describe('measured', () => {
  it('has a goal for its median', () => {
    const lag = { figure: 'lag', unit: 'ms', values: [8, 30, 9] };
    expect(measured({ ...lag, goal: { atMost: 10 } })).toEqual({
      figure: 'lag',
      value: 9,
      unit: 'ms',
      against: null,
      ratio: null,
      goal: '≤ 10 ms',
      pass: true,
    });
    expect(measured(lag)).toMatchObject({ goal: null, pass: null });
  });

  it('does not pass without data', () => {
    expect(measured({ figure: 'lag', unit: 'ms', values: [], goal: { atMost: 10 } }).pass).toBe(false);
    expect(measured({ figure: 'lag', unit: 'ms', values: [], goal: { atLeast: 0 } }).pass).toBe(false);
  });
});

describe('compared', () => {
  it('takes the ratio round by round, so that one slow round of the machine does not count', () => {
    const rate = { figure: 'rate', unit: 'events/s', against: 'bare', goal: { atLeast: 0.5 } };
    expect(compared({ ...rate, values: [60, 6, 61], peerValues: [100, 10, 100] })).toMatchObject({
      value: 60,
      ratio: 0.6,
      goal: '≥ 0.5 ×',
      pass: true,
    });
    expect(compared({ ...rate, values: [40, 60, 40], peerValues: [100, 100, 100] }).pass).toBe(false);
  });

  it('does not pass without a peer', () => {
    const rate = { figure: 'rate', unit: 'events/s', against: 'bare', goal: { atLeast: 0.5 } };
    expect(compared({ ...rate, values: [60], peerValues: [] }).pass).toBe(false);
  });
});
