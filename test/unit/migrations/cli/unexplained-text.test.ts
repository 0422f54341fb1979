import { describe, expect, it } from '@jest/globals';
import { describeWrite } from '../../../../migrations/cli/unexplained-text.ts';
import type { KeptWrite } from '../../../../services/outbox/unexplained/unexplained-store.ts';

const write: KeptWrite = {
  id: '82',
  collection: 'users',
  key: 'a',
  operation: 'update',
  reason: 'no-transaction',
  clusterTime: { t: 1_700_000_000, i: 3 },
  atMs: 1_700_000_000_000,
  transaction: undefined,
};

describe('an unexplained write in words', () => {
  it('says what was written, when, and why it counts', () => {
    expect(describeWrite(write)).toBe(
      '2023-11-14T22:13:20.000Z (1700000000.3)  update of users a, in no transaction',
    );
    expect(describeWrite({ ...write, key: undefined, operation: 'drop' })).toMatch(/ {2}drop of users, /);
  });

  it('says where it was made, and whether that is certain', () => {
    const frames = ['rename (file:///app/users.ts:1:2)', 'file:///app/main.ts:3:4'];
    const lines = (certain: boolean) =>
      describeWrite({ ...write, site: { frames, certain } })
        .split('\n')
        .slice(1);
    expect(lines(true)).toEqual([
      '    at rename (file:///app/users.ts:1:2)',
      '    at file:///app/main.ts:3:4',
    ]);
    expect(lines(false)[0]).toBe('    perhaps at rename (file:///app/users.ts:1:2)');
  });

  it('says why it could not be healed', () => {
    const failure = { reason: 'too large', atMs: 0 };
    expect(describeWrite({ ...write, failure }).split('\n')[1]).toBe('    not healed: too large');
  });
});
