import { describe, expect, it } from '@jest/globals';
import type { BackfillRun } from '../../../../migrations/backfill/checkpoint-store.ts';
import { decideStart, type StartQuestion } from '../../../../migrations/backfill/start-consumer.ts';

const HOUR_MS = 3_600_000;
const T0 = 1_700_000_000_000;

const copied: BackfillRun = {
  id: 'run',
  plan: 'users-to-search',
  ended: { as: 'copied', atMs: T0 + 1 },
  startedAtMs: T0,
  sourcePosition: '1.1',
  replayFromMs: T0,
  partitionCount: 0,
  orders: {},
};

const afterCopy: StartQuestion = {
  plan: 'users-to-search',
  protocol: 'copy-then-replay',
  run: copied,
  startsAtSeconds: 0,
  nowMs: T0 + HOUR_MS,
  retentionMs: 24 * HOUR_MS,
};

const concurrent: StartQuestion = {
  ...afterCopy,
  protocol: 'concurrent',
  run: undefined,
  plan: 'users-to-profiles',
};

describe('starting the consumer of a plan that copies first', () => {
  it('starts it a minute before the moment the copy began', () => {
    expect(decideStart(afterCopy)).toEqual({ action: 'start', atSeconds: T0 / 1_000 - 60 });
  });

  it.each([
    ['never ran', undefined],
    ['still runs', { ...copied, ended: undefined }],
    ['was cancelled', { ...copied, ended: { as: 'cancelled' as const, atMs: T0 } }],
  ])('refuses while the copy %s', (_, run) => {
    expect(() => decideStart({ ...afterCopy, run })).toThrow(/backfill run users-to-search` comes first/);
  });

  it.each([
    [23 * HOUR_MS - 1, 24 * HOUR_MS],
    [9 * 60_000 - 1, 10 * 60_000],
  ])('still starts it %i ms after, when the stream keeps %i ms', (ageMs, retentionMs) => {
    expect(decideStart({ ...afterCopy, nowMs: T0 + ageMs, retentionMs })).toMatchObject({ action: 'start' });
  });

  it.each([
    [23 * HOUR_MS, 24 * HOUR_MS],
    [9 * 60_000, 10 * 60_000],
  ])('refuses %i ms after, when the stream keeps %i ms, and says to copy again', (ageMs, retentionMs) => {
    expect(() => decideStart({ ...afterCopy, nowMs: T0 + ageMs, retentionMs })).toThrow(
      /may be gone.*backfill run users-to-search --restart/,
    );
  });

  it('leaves a consumer alone that was started before the copy began', () => {
    const startsAtSeconds = T0 / 1_000 - 60;
    expect(decideStart({ ...afterCopy, startsAtSeconds, nowMs: T0 + 99 * HOUR_MS })).toEqual({
      action: 'none',
      sinceSeconds: startsAtSeconds,
    });
  });

  it('refuses to call it good when the consumer was started after the copy began', () => {
    expect(() => decideStart({ ...afterCopy, startsAtSeconds: T0 / 1_000 + 1 })).toThrow(/is missing/);
  });
});

describe('starting the consumer of a concurrent plan', () => {
  it('starts it from a minute ago, before anything was copied', () => {
    expect(decideStart(concurrent)).toEqual({
      action: 'start',
      atSeconds: (T0 + HOUR_MS) / 1_000 - 60,
    });
  });

  it('leaves it alone when it was started', () => {
    expect(decideStart({ ...concurrent, startsAtSeconds: 7 })).toEqual({ action: 'none', sinceSeconds: 7 });
  });
});
