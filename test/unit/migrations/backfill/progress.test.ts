import { describe, expect, it } from '@jest/globals';
import { progressOf } from '../../../../migrations/backfill/progress.ts';

const parts = {
  plan: 'users-to-search',
  activity: 'copying',
  done: 600,
  estimated: 1_000,
  counts: { written: 600 },
  doneBefore: 400,
  startedAtMs: 1_000,
  nowMs: 3_000,
};

describe('progress', () => {
  it('takes its rate from what this process did, not from what earlier ones did', () => {
    expect(progressOf(parts)).toMatchObject({ done: 600, total: 1_000, perSecond: 100, etaMs: 4_000 });
  });

  it('forecasts nothing before there is a rate', () => {
    expect(progressOf({ ...parts, done: 400 })).not.toHaveProperty('etaMs');
    expect(progressOf({ ...parts, nowMs: 1_000 })).toMatchObject({ perSecond: 0 });
  });

  it('is never more than complete when the source has grown', () => {
    expect(progressOf({ ...parts, done: 1_200 })).toMatchObject({ done: 1_200, total: 1_200, etaMs: 0 });
  });
});
