import { describe, expect, it } from '@jest/globals';
import {
  FirstFailureCounter,
  RECENT_MS,
  sumOfFirstFailures,
} from '../../../../proxy/metrics/first-failures.ts';

const at = (setAtMs: number | undefined, weightPercent = 5) => ({ setAtMs, weightPercent });

describe('FirstFailureCounter', () => {
  it('counts a user who fails again and again once, and none of what he asks after it', () => {
    const counter = new FirstFailureCounter();
    const ask = (key: string, failed: boolean) =>
      counter.ended({ weight: at(7), nowMs: 7, side: 'candidate', key, failed });
    for (const failed of [false, false, true, true, false, true]) ask('ann', failed);
    ask('bob', false);
    expect(counter.totals()).toMatchObject({
      sinceMs: 7,
      weightPercent: 5,
      step: {
        candidate: { requests: 4, users: [expect.any(Number)] },
        control: { requests: 0, users: [] },
      },
    });
  });

  it('begins again when the weight is set', () => {
    const counter = new FirstFailureCounter();
    counter.ended({ weight: at(7), nowMs: 7, side: 'control', key: 'ann', failed: true });
    counter.ended({ weight: at(8, 25), nowMs: 8, side: 'control', key: 'ann', failed: true });
    expect(counter.totals()).toMatchObject({
      sinceMs: 8,
      weightPercent: 25,
      step: { control: { requests: 1 } },
      recent: { index: 0, control: { requests: 1 } },
    });
  });

  it('counts a user once in each window of the step', () => {
    const counter = new FirstFailureCounter();
    for (const nowMs of [7, 7 + RECENT_MS - 1, 7 + RECENT_MS, 7 + RECENT_MS + 1])
      counter.ended({ weight: at(7), nowMs, side: 'control', key: 'ann', failed: true });
    counter.ended({ weight: at(7), nowMs: 7 + RECENT_MS + 2, side: 'control', key: 'bob', failed: true });
    expect(counter.totals()).toMatchObject({
      step: { control: { requests: 2 } },
      recent: { index: 1, control: { requests: 2 } },
    });
  });

  it('has nothing to say before a weight was set', () => {
    const counter = new FirstFailureCounter();
    counter.ended({ weight: at(undefined, 0), nowMs: 7, side: 'control', key: 'ann', failed: true });
    expect(counter.totals()).toBeUndefined();
  });

  it('stops counting at 2,000 users, for both sides at once', () => {
    const counter = new FirstFailureCounter();
    for (let user = 0; user < 3_000; user++)
      counter.ended({
        weight: at(7),
        nowMs: 7,
        side: user % 2 === 0 ? 'control' : 'candidate',
        key: `${user}`,
        failed: true,
      });
    expect(counter.totals()?.step.control.users).toHaveLength(1_000);
    expect(counter.totals()?.step.candidate).toMatchObject({ requests: 1_000 });
  });
});

describe('the sum over instances', () => {
  const counted = (setAtMs: number, keys: readonly string[], nowMs = setAtMs) => {
    const counter = new FirstFailureCounter();
    for (const key of keys)
      counter.ended({ weight: at(setAtMs), nowMs, side: 'candidate', key, failed: true });
    return counter.totals();
  };

  it('has a user who failed on several instances once', () => {
    const sum = sumOfFirstFailures(counted(7, ['ann', 'bob']), counted(7, ['bob', 'cid']));
    expect(sum?.step.candidate.users).toHaveLength(3);
    expect(sum?.step.candidate.requests).toBe(4);
    expect(sum?.recent.candidate.users).toHaveLength(3);
  });

  it('has the later window of instances whose clocks differ', () => {
    const [behind, ahead] = [counted(7, ['ann']), counted(7, ['bob', 'cid'], 7 + RECENT_MS)];
    for (const sum of [sumOfFirstFailures(behind, ahead), sumOfFirstFailures(ahead, behind)]) {
      expect(sum?.recent).toEqual(ahead?.recent);
      expect(sum?.step.candidate.users).toHaveLength(3);
    }
  });

  it('leaves out an instance that has yet to follow the dial', () => {
    const [older, newer] = [counted(7, ['ann']), counted(8, ['bob', 'cid'])];
    expect(sumOfFirstFailures(older, newer)).toEqual(newer);
    expect(sumOfFirstFailures(newer, older)).toEqual(newer);
    expect(sumOfFirstFailures(undefined, older)).toEqual(older);
  });
});
