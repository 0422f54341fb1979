import { describe, expect, it } from '@jest/globals';
import type { ChangeItem, PlacedChange } from '../../../../../services/outbox/changes/change-feed.ts';
import { CommitGroups } from '../../../../../services/outbox/changes/commit-groups.ts';

interface Change extends PlacedChange {
  readonly slot: string;
  readonly value: string;
}

const at = (i: number) => ({ t: 1, i });

const item = (token: string, i: number | undefined, change?: Partial<Change>): ChangeItem<Change> => ({
  token,
  clusterTime: i === undefined ? undefined : at(i),
  change: change && { slot: 'a', value: token, transaction: undefined, clusterTime: at(i ?? 0), ...change },
});

const groups = (merge?: (earlier: Change, later: Change) => Change) =>
  new CommitGroups<Change>({ token: 't0', slotOf: ({ slot }) => slot, ...(merge ? { merge } : {}) });

const values = (commits: readonly { changes: readonly Change[]; token: string | null }[]) =>
  commits.map(({ changes, token }) => [changes.map(({ value }) => value), token]);

describe('the grouping of changes by commit', () => {
  it('gives a single write at once', () => {
    const all = groups();
    expect(values(all.add(item('t1', 1, {})))).toEqual([[['t1'], 't1']]);
    expect(all.isOpen).toBe(false);
  });

  it('holds a transaction back until a later time has been reached', () => {
    const all = groups();
    expect(all.add(item('t1', 1, { transaction: 'x', slot: 'a' }))).toEqual([]);
    expect(all.add(item('t2', 1, { transaction: 'x', slot: 'b' }))).toEqual([]);
    expect(all.add(item('t3', undefined))).toEqual([]);
    expect(all.isOpen).toBe(true);
    const done = all.add(item('t4', 2, { slot: 'c' }));
    expect(values(done)).toEqual([
      [['t1', 't2'], 't3'],
      [['t4'], 't4'],
    ]);
    expect(all.isOpen).toBe(false);
  });

  it('closes a transaction by news without a change', () => {
    const all = groups();
    all.add(item('t1', 1, { transaction: 'x' }));
    expect(values(all.add(item('t2', 2)))).toEqual([
      [['t1'], 't1'],
      [[], 't2'],
    ]);
  });

  it('never offers a token inside a transaction', () => {
    const all = groups();
    all.add(item('t1', 1, { transaction: 'x' }));
    // Another shard may have committed something else at the same time.
    expect(values(all.add(item('t2', 1, { slot: 'b' })))).toEqual([[['t2'], 't0']]);
    all.add(item('t3', 1, { transaction: 'x' }));
    expect(values(all.add(item('t4', 2)))).toEqual([
      [['t3'], 't3'],
      [[], 't4'],
    ]);
  });

  it('keeps transactions of one time apart, and moves on after the last of them', () => {
    const all = groups();
    all.add(item('t1', 1, { transaction: 'x', slot: 'a' }));
    all.add(item('t2', 1, { transaction: 'y', slot: 'a' }));
    all.add(item('t3', 1, { transaction: 'x', slot: 'b' }));
    expect(values(all.add(item('t4', 2)))).toEqual([
      [['t1', 't3'], 't0'],
      [['t2'], 't3'],
      [[], 't4'],
    ]);
  });

  it('keeps the last change of a slot, at its last place', () => {
    const all = groups();
    all.add(item('t1', 1, { transaction: 'x', slot: 'a' }));
    all.add(item('t2', 1, { transaction: 'x', slot: 'b' }));
    all.add(item('t3', 1, { transaction: 'x', slot: 'a' }));
    expect(values(all.add(item('t4', 2)))[0]).toEqual([['t2', 't3'], 't3']);
  });

  it('merges the changes of a slot as it is told', () => {
    const all = groups((earlier, later) => ({ ...later, value: `${earlier.value}+${later.value}` }));
    all.add(item('t1', 1, { transaction: 'x' }));
    all.add(item('t2', 1, { transaction: 'x' }));
    expect(values(all.add(item('t3', 2)))[0]).toEqual([['t1+t2'], 't2']);
  });

  it('moves the token on when nothing happens', () => {
    expect(values(groups().add(item('t1', undefined)))).toEqual([[[], 't1']]);
  });
});
