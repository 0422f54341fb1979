import { describe, expect, it } from '@jest/globals';
import { nextStep } from '../../../../migrations/cli/backfill-status.ts';

const T0 = 1_700_000_000_000;
const run = {
  id: 'run-1',
  plan: 'things',
  startedAtMs: T0,
  sourcePosition: '1.1',
  partitionCount: 1,
  orders: {},
};
const partition = {
  number: 0,
  partition: { id: 'number-0', bsonType: 'number', from: null, to: null, estimated: 1_000 },
  position: null,
  done: false,
  read: 1,
  written: 1,
  stale: 0,
  rejected: 0,
};
const owner = { name: 'a:1', sinceMs: T0, savedAtMs: T0, perSecond: 50 };

describe('what the status of a backfill says to do next', () => {
  it('is nothing while somebody works on it', () => {
    expect(nextStep({ run, partitions: [{ ...partition, owner }] }, T0 + 2_000)).toBeUndefined();
  });

  it('is to resume what was stopped', () => {
    expect(nextStep({ run, partitions: [partition] }, T0)).toBe('`banyan backfill resume things` goes on');
  });

  it('is to resume what somebody works on who has been silent for long, as after a kill', () => {
    expect(nextStep({ run, partitions: [{ ...partition, owner }] }, T0 + 60_000)).toBe(
      'whoever worked on it is silent: if it died, `banyan backfill resume things` goes on',
    );
  });

  it('is nothing once it is over', () => {
    const ended = { as: 'copied', atMs: T0 } as const;
    expect(nextStep({ run: { ...run, ended }, partitions: [partition] }, T0 + 60_000)).toBeUndefined();
  });
});
