import { describe, expect, it } from '@jest/globals';
import { Binary, ObjectId } from 'mongodb';
import {
  changedBy,
  keysNamedBy,
  transactionIn,
  writeCommandOf,
} from '../../../../../services/outbox/unexplained/write-command.ts';

describe('the keys that a write command names', () => {
  it('are those of the inserted documents', () => {
    const id = new ObjectId();
    expect(keysNamedBy('insert', { documents: [{ _id: 'a' }, { _id: id }] })).toEqual([
      'a',
      id.toHexString(),
    ]);
  });

  it('are those of filters by one id', () => {
    expect(
      keysNamedBy('update', { updates: [{ q: { _id: 'a', n: 1 } }, { q: { _id: { $eq: 'b' } } }] }),
    ).toEqual(['a', 'b']);
    expect(keysNamedBy('delete', { deletes: [{ q: { _id: 7 }, limit: 1 }] })).toEqual(['{"$numberInt":"7"}']);
    expect(keysNamedBy('findAndModify', { query: { _id: { tenant: 1 } } })).toEqual([
      '{"tenant":{"$numberInt":"1"}}',
    ]);
  });

  it('are unknown when a filter may fit other documents', () => {
    expect(keysNamedBy('update', { updates: [{ q: { _id: 'a' } }, { q: { name: 'b' } }] })).toBeUndefined();
    expect(keysNamedBy('delete', { deletes: [{ q: { _id: { $in: ['a'] } } }] })).toBeUndefined();
    expect(keysNamedBy('findAndModify', {})).toBeUndefined();
  });
});

describe('what an answer says', () => {
  it('is how many documents were changed', () => {
    expect(changedBy('insert', { n: 2 })).toBe(2);
    expect(changedBy('delete', { n: 0 })).toBe(0);
    expect(changedBy('update', { n: 3, nModified: 1 })).toBe(1);
    expect(changedBy('update', { n: 1, nModified: 0, upserted: [{ index: 0, _id: 'a' }] })).toBe(1);
    expect(changedBy('findAndModify', { lastErrorObject: { n: 1 } })).toBe(1);
    expect(changedBy('findAndModify', {})).toBe(0);
  });
});

describe('a command', () => {
  it('is a write, or it is not', () => {
    expect(writeCommandOf('findAndModify')).toBe('findAndModify');
    expect(writeCommandOf('find')).toBeUndefined();
  });

  it('is part of a transaction when it does not commit by itself', () => {
    const lsid = { id: new Binary(Buffer.from('abcd', 'hex')) };
    expect(transactionIn({ lsid, txnNumber: 4, autocommit: false })).toBe('abcd:4');
    expect(transactionIn({ lsid, txnNumber: 4 })).toBeUndefined();
  });
});
