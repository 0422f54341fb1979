import { describe, expect, it } from '@jest/globals';
import { Long, ObjectId } from 'bson';
import { CloudEvent } from 'cloudevents';
import {
  documentOf,
  entityEvent,
  parseEvents,
  RejectError,
  recordOfDocument,
  recordOfEvent,
  type SourceDocument,
} from '../../../../services/core/index.ts';

const id = new ObjectId('65b000000000000000000001');
const user: SourceDocument = {
  _id: id,
  username: 'ada',
  joined: new Date('2024-01-02T03:04:05.678Z'),
  followers: 7,
  _banyan: { entity: 1_795_000_000_000_002, profiles: 1_795_000_000_000_001 },
};
const parts = {
  id: 'e1',
  source: '/monolith',
  type: 'user.created',
  document: user,
  deleted: false,
  atMs: 0,
};
const toName = (document: SourceDocument) => ({ username: String(document.username) });

describe('entityEvent', () => {
  it("is a CloudEvent by the CloudEvents SDK's own rules", () => {
    expect(new CloudEvent(entityEvent(parts) as ConstructorParameters<typeof CloudEvent>[0]).validate()).toBe(
      true,
    );
  });

  it('carries the version of the entity as a string, since CloudEvents integers end at 2^31', () => {
    expect(entityEvent(parts).version).toBe('1795000000000002');
  });

  it('brings the document back as the driver would have decoded it, dates and ids included', () => {
    const [event] = parseEvents(JSON.stringify(entityEvent(parts)));
    expect(event && documentOf(event)).toEqual(user);
  });

  it('keeps every digit of an integer beyond 2^53', () => {
    const document = { ...user, credit: Long.fromString('9007199254740993') };
    const json = JSON.stringify(entityEvent({ ...parts, document }));
    expect(json).toContain('"credit":{"$numberLong":"9007199254740993"}');
    expect(parseEvents(json).map(documentOf)).toEqual([document]);
  });

  it('says that a document without versions is at version 0', () => {
    expect(entityEvent({ ...parts, document: { _id: id } }).version).toBe('0');
  });
});

describe('parseEvents', () => {
  it('reads one event, and several in the batch format, in order', () => {
    const first = entityEvent(parts);
    const second = entityEvent({ ...parts, id: 'e2' });
    expect(parseEvents(JSON.stringify(first)).map((event) => event.id)).toEqual(['e1']);
    expect(parseEvents(JSON.stringify([first, second])).map((event) => event.id)).toEqual(['e1', 'e2']);
  });

  it('tolerates attributes that it does not know', () => {
    expect(parseEvents(JSON.stringify({ ...entityEvent(parts), newer: 'x' }))).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['a newer minor version of CloudEvents', { specversion: '1.1' }],
    ['a newer schema of the data', { dataschema: 'https://example.com/user/v7' }],
    ['fields of the data that it does not know', { data: { _id: 1, newer: { deep: [1] } } }],
    ['a type that it does not know', { type: 'user.merged' }],
    ['a content type with parameters', { datacontenttype: 'application/json; charset=utf-8' }],
    ['a content type that is JSON by its suffix', { datacontenttype: 'application/vnd.user.v7+json' }],
  ])('tolerates %s', (_what, newer) => {
    expect(parseEvents(JSON.stringify({ ...entityEvent(parts), ...newer }))).toMatchObject([newer]);
  });

  it.each([
    ['no JSON', '{'],
    ['no event', '{"a":1}'],
    ['an empty batch', '[]'],
    ['an event without a version', JSON.stringify({ ...entityEvent(parts), version: undefined })],
    ['another major version of CloudEvents', JSON.stringify({ ...entityEvent(parts), specversion: '2.0' })],
    ['data that are no JSON', JSON.stringify({ ...entityEvent(parts), datacontenttype: 'text/xml' })],
    ['an event without a document', JSON.stringify({ ...entityEvent(parts), data: null })],
  ])('rejects %s for good', (_, json) => {
    expect(() => parseEvents(json)).toThrow(RejectError);
  });
});

describe('recordOfEvent', () => {
  it('reads the version of the slice that the move owns', () => {
    const event = entityEvent(parts);
    expect(recordOfEvent(event, 'entity', toName).version).toBe(1_795_000_000_000_002);
    expect(recordOfEvent(event, 'profiles', toName).version).toBe(1_795_000_000_000_001);
  });

  it('makes a tombstone of a delete, without asking the transform', () => {
    const document = { _id: id, _banyan: { entity: 9, profiles: 8 } };
    const event = entityEvent({ ...parts, document, deleted: true });
    const refuse = () => {
      throw new Error('not asked');
    };
    expect(recordOfEvent(event, 'profiles', refuse)).toEqual({
      key: id.toHexString(),
      version: 8,
      state: null,
    });
  });

  it('is what recordOfDocument makes of the same document', () => {
    expect(recordOfEvent(entityEvent(parts), 'entity', toName)).toEqual(
      recordOfDocument(user, 'entity', toName),
    );
  });

  it('rejects with the key and the reason when the transform cannot take the document', () => {
    const fail = () => {
      throw new TypeError('no name');
    };
    expect(() => recordOfEvent(entityEvent(parts), 'entity', fail)).toThrow(
      expect.objectContaining({ code: 'rejected', message: expect.stringContaining('no name') }),
    );
  });
});
