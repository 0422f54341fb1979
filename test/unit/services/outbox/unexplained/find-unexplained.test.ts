import { describe, expect, it } from '@jest/globals';
import { findUnexplained } from '../../../../../services/outbox/unexplained/find-unexplained.ts';
import { slotOf } from '../../../../../services/outbox/unexplained/watched-change.ts';
import { watchedRow as row, watchedWrite as write } from '../../../../support/watched-changes.ts';

const STREAMS = new Map([
  ['users', 'users'],
  ['accounts', 'users'],
]);

const reasons = (...changes: Parameters<typeof findUnexplained>[0]) =>
  findUnexplained(changes, STREAMS).map(({ collection, key, reason }) => `${collection} ${key}: ${reason}`);

describe('the search for unexplained writes', () => {
  it('takes a row of the same transaction, key and version for an explanation', () => {
    expect(reasons(write({ key: 'a', version: 5 }), row({ key: 'a', version: 5 }))).toEqual([]);
  });

  it('takes a tombstone for the explanation of a delete', () => {
    const deleted = write({ key: 'a', operation: 'delete', version: undefined });
    expect(reasons(deleted, row({ key: 'a', version: 9, deleted: true }))).toEqual([]);
  });

  it('finds a write outside a transaction, whatever it looks like', () => {
    expect(reasons(write({ key: 'a', transaction: undefined, version: 5 }))).toEqual([
      'users a: no-transaction',
    ]);
  });

  it('finds what a transaction wrote without a row', () => {
    expect(reasons(write({ key: 'a', version: 5 }))).toEqual(['users a: no-row']);
  });

  it('finds the one of two keys that has no row', () => {
    const changes = [
      write({ key: 'a', version: 5 }),
      write({ key: 'b', version: 5 }),
      row({ key: 'a', version: 5 }),
    ];
    expect(reasons(...changes)).toEqual(['users b: no-row']);
  });

  it('finds a document that was written once more after its event', () => {
    expect(reasons(write({ key: 'a', version: undefined }), row({ key: 'a', version: 5 }))).toEqual([
      'users a: other-state',
    ]);
    expect(reasons(write({ key: 'a', version: 6 }), row({ key: 'a', version: 5 }))).toEqual([
      'users a: other-state',
    ]);
  });

  it('does not take an update for the explanation of a delete, nor the reverse', () => {
    expect(reasons(write({ key: 'a', operation: 'delete' }), row({ key: 'a', version: 5 }))).toEqual([
      'users a: other-state',
    ]);
    expect(reasons(write({ key: 'a', version: 5 }), row({ key: 'a', version: 5, deleted: true }))).toEqual([
      'users a: other-state',
    ]);
  });

  it('needs the row on the stream of the collection', () => {
    const changes = [write({ key: 'a', version: 5 }), row({ key: 'a', version: 5, stream: 'yubls' })];
    expect(reasons(...changes)).toEqual(['users a: no-row']);
  });

  it('tells two collections apart that share a stream and a key', () => {
    const changes = [
      write({ key: 'a', version: 5 }),
      write({ key: 'a', version: 6, collection: 'accounts' }),
      row({ key: 'a', version: 5 }),
      row({ key: 'a', version: 6 }),
    ];
    expect(reasons(...changes)).toEqual([]);
    expect(reasons(...changes.slice(0, 3))).toEqual(['accounts a: other-state']);
  });

  it('finds the end of a whole collection', () => {
    const dropped = write({ key: undefined, operation: 'drop', transaction: undefined });
    expect(reasons(dropped)).toEqual(['users undefined: no-transaction']);
  });

  it('answers where and when the write happened', () => {
    const bare = write({ id: 'p1', key: 'a', transaction: undefined, operation: 'update', atMs: 7 });
    expect(findUnexplained([bare], STREAMS)).toEqual([
      {
        id: 'p1',
        collection: 'users',
        key: 'a',
        operation: 'update',
        clusterTime: bare.clusterTime,
        atMs: 7,
        transaction: undefined,
        reason: 'no-transaction',
      },
    ]);
  });
});

describe("the slots of a transaction's changes", () => {
  it('are one for the writes of a key, and one for each row', () => {
    expect(slotOf(write({ key: 'a', version: 1 }))).toBe(slotOf(write({ key: 'a', version: 2 })));
    expect(slotOf(write({ key: 'a' }))).not.toBe(slotOf(write({ key: 'b' })));
    expect(slotOf(write({ key: 'a' }))).not.toBe(slotOf(write({ key: 'a', collection: 'accounts' })));
    expect(slotOf(row({ key: 'a', version: 1 }))).not.toBe(slotOf(row({ key: 'a', version: 2 })));
    expect(slotOf(row({ key: 'a', version: 1 }))).not.toBe(
      slotOf(row({ key: 'a', version: 1, deleted: true })),
    );
  });
});
