import { describe, expect, it } from '@jest/globals';
import { parseEvents, recordOfEvent } from '../../../../../services/core/index.ts';
import { captureRowOf } from '../../../../../services/outbox/capture/capture-row.ts';
import type { EntityChange } from '../../../../../services/outbox/entity-change.ts';
import { userEntity } from '../../../../../services/profiles/user-entity.ts';
import { capturedChange as change } from '../../../../support/captured-changes.ts';

const VERSION = 1_700_000_000_000_001;

const seen: EntityChange[] = [];
const options = {
  entity: userEntity,
  source: '/monolith',
  typeOf: (one: EntityChange) => {
    seen.push(one);
    return `user.${one.operation}`;
  },
};
const eventOf = (given: Parameters<typeof change>[0]) => {
  const [event] = parseEvents(captureRowOf(change(given), options).event);
  if (!event) throw new Error('no event');
  return event;
};

describe("a captured change's row", () => {
  it('carries the whole document at the cluster time, in every slice', () => {
    const event = eventOf({ after: { _id: 'a', username: 'ann', _banyan: { entity: 3, other: 4 } } });
    expect(event).toMatchObject({
      source: '/monolith',
      type: 'user.updated',
      subject: 'a',
      version: String(VERSION),
      time: '2023-11-14T22:13:20.000Z',
      data: { _id: 'a', username: 'ann', _banyan: { entity: VERSION, profiles: VERSION } },
    });
    expect(event.data._banyan).not.toHaveProperty('other');
    for (const slice of ['entity', 'profiles']) {
      expect(recordOfEvent(event, slice, ({ username }) => ({ username }))).toEqual({
        key: 'a',
        version: VERSION,
        state: { username: 'ann' },
      });
    }
  });

  it('is a tombstone after a deletion', () => {
    expect(eventOf({ after: null })).toMatchObject({
      type: 'user.deleted',
      deleted: true,
      data: { _id: 'a', _banyan: { entity: VERSION } },
    });
  });

  it('has the same id whenever it is made, and another one than any other change', () => {
    const ids = [
      change({}),
      change({}),
      change({ key: 'b' }),
      change({ clusterTime: { t: 1_700_000_000, i: 2 } }),
    ].map((one) => captureRowOf(one, options).id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
    expect(eventOf({}).id).toBe(ids[0]);
  });

  it('lets its type be chosen by what happened', () => {
    seen.length = 0;
    eventOf({ before: null, after: { _id: 'a', username: 'ann' } });
    eventOf({
      before: { _id: 'a', username: 'ann', bio: 'x', same: 1 },
      after: { _id: 'a', username: 'bob', city: 'y', same: 1 },
    });
    eventOf({ before: undefined, after: { _id: 'a', username: 'ann' } });
    eventOf({ before: { _id: 'a', username: 'ann' }, after: null });
    eventOf({ before: null, after: null });
    expect(seen.map(({ operation, changedFields }) => [operation, changedFields])).toEqual([
      ['created', ['username']],
      ['updated', ['username', 'bio', 'city']],
      ['updated', ['username']],
      ['deleted', ['username']],
      ['deleted', []],
    ]);
  });

  it('is one that no stream takes when its document cannot be told in an event', () => {
    const row = captureRowOf(change({ after: { _id: 'a', value: { $oid: 'not one' } } }), options);
    expect(row.key).toBe('a');
    expect(JSON.parse(row.event)).toEqual({
      rejected: expect.stringContaining('value.$oid'),
      document: expect.stringContaining('not one'),
    });
  });

  it('is one that no stream takes when nobody can name its event', () => {
    const typeOf = () => {
      throw new Error('no name');
    };
    const row = captureRowOf(change({}), { ...options, typeOf });
    expect(JSON.parse(row.event)).toMatchObject({ rejected: 'no name' });
  });

  it('is refused when a second had too many operations', () => {
    const late = change({ clusterTime: { t: 1_700_000_000, i: 1_000_000 } });
    expect(() => captureRowOf(late, options)).toThrow(/does not fit a version/);
  });
});
