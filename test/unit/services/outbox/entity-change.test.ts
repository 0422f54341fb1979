import { describe, expect, it } from '@jest/globals';
import { Long, ObjectId } from 'mongodb';
import { changedFields, plainEventType } from '../../../../services/outbox/entity-change.ts';
import { userEntity } from '../../../../services/profiles/user-entity.ts';

describe('the fields that changed', () => {
  it('are those that were added, removed or given another value', () => {
    const before = { _id: 1, same: [1, { a: 1 }], value: 1, gone: null };
    const after = { _id: 1, same: [1, { a: 1 }], value: 2, added: null };
    expect(changedFields(before, after)).toEqual(['value', 'gone', 'added']);
  });

  it('are neither the id nor the versions', () => {
    expect(changedFields({ _id: 1, _banyan: { entity: 1 } }, { _id: 2, _banyan: { entity: 2 } })).toEqual([]);
  });

  it('are told by value, and by BSON type', () => {
    const id = 'a'.repeat(24);
    expect(changedFields({ _id: 1, id: new ObjectId(id) }, { _id: 1, id: new ObjectId(id) })).toEqual([]);
    expect(changedFields({ _id: 1, n: 1 }, { _id: 1, n: Long.fromNumber(1) })).toEqual(['n']);
    expect(changedFields({ _id: 1, d: new Date(1) }, { _id: 1, d: new Date(2) })).toEqual(['d']);
  });

  it('are all of them when there is only one side', () => {
    expect(changedFields(undefined, { _id: 1, a: 1 })).toEqual(['a']);
    expect(changedFields({ _id: 1, a: 1 }, undefined)).toEqual(['a']);
  });
});

describe('the plain type of an event', () => {
  it('is the entity and what happened', () => {
    const change = { before: undefined, after: undefined, changedFields: [] };
    expect(plainEventType(userEntity)({ ...change, operation: 'deleted' })).toBe('user.deleted');
  });
});
