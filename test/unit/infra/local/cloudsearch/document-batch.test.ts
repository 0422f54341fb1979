import { describe, expect, it } from '@jest/globals';
import { MAX_BATCH_BYTES, parseBatch } from '../../../../../infra/local/cloudsearch/document-batch.ts';
import { Schema } from '../../../../../infra/local/cloudsearch/schema.ts';

const { fields } = new Schema([
  { name: 'name', type: 'text' },
  { name: 'code', type: 'literal' },
  { name: 'fans', type: 'int' },
  { name: 'rating', type: 'double' },
  { name: 'born', type: 'date' },
  { name: 'tags', type: 'literal-array' },
]);
const add = (given: unknown, id: unknown = 'a') => ({ type: 'add', id, fields: given });
const parse = (batch: unknown) => parseBatch(Buffer.from(JSON.stringify(batch)), fields);

describe('parseBatch', () => {
  it('reads adds and deletes', () => {
    expect(parse([add({ name: 'Ann', fans: '7', tags: ['x', 'y'] }), { type: 'delete', id: 'b' }])).toEqual([
      {
        type: 'add',
        id: 'a',
        values: new Map<string, unknown[]>([
          ['name', ['Ann']],
          ['fans', [7n]],
          ['tags', ['x', 'y']],
        ]),
      },
      { type: 'delete', id: 'b' },
    ]);
  });

  it.each([
    [{ fans: '-9223372036854775808' }],
    [{ fans: 9007199254740991 }],
    [{ rating: '-1.5e3' }],
    [{ born: '2025-01-31T12:00:00.123Z' }],
    [{ name: 'tab\t, newline\n, umlaut ü, tree 🌳' }],
    [{ name: 42 }],
    [{ tags: Array.from({ length: 1_000 }, String) }],
    [{ code: '🌳'.repeat(4_096) }],
  ])('takes %j', (given) => {
    expect(parse([add(given)])).toHaveLength(1);
  });

  it.each([
    ['an unknown field', add({ nope: 1 }), 'Field name "nope" is not configured'],
    ['null', add({ name: null }), 'cannot be null'],
    ['an object', add({ name: {} }), 'takes a string or a number'],
    ['a boolean', add({ code: true }), 'takes a string or a number'],
    ['a word for an int', add({ fans: 'x' }), 'takes integers'],
    ['half an int', add({ fans: 0.5 }), 'takes integers'],
    ['a number that lost digits', add({ fans: 2 ** 53 }), 'takes integers'],
    ['an int of 65 bits', add({ fans: '9223372036854775808' }), 'takes 64-bit integers'],
    ['a word for a double', add({ rating: '' }), 'takes numbers'],
    ['another date', add({ born: '31.1.2025' }), 'takes dates'],
    ['a date that is none', add({ born: '2025-13-01T00:00:00Z' }), 'takes dates'],
    ['two values of one', add({ name: ['a', 'b'] }), 'has one value'],
    ['too many values', add({ tags: Array.from({ length: 1_001 }, String) }), 'at most 1000 values'],
    ['a long literal', add({ code: 'x'.repeat(4_097) }), 'at most 4096 characters'],
    ['a control character', add({ name: 'a\u0000b' }), 'not valid in XML'],
    ['half a surrogate pair', add({ name: 'a\ud800' }), 'not valid in XML'],
    ['a non-character', add({ name: '\ufffe' }), 'not valid in XML'],
    ['no fields', add({}), 'at least one field'],
    ['fields that are a list', add(['a']), 'a fields object'],
    [
      '201 fields',
      add(Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`f${n}`, 1]))),
      'at most 200 fields',
    ],
    ['a document over 1 MB', add({ name: 'x'.repeat(1_048_576) }), 'exceeds 1048576 bytes'],
    ['an id with a space', add({ name: 'x' }, 'a b'), 'Invalid document id'],
    ['an id with an umlaut', add({ name: 'x' }, 'ä'), 'Invalid document id'],
    ['an empty id', add({ name: 'x' }, ''), 'Invalid document id'],
    ['an id of 129 characters', add({ name: 'x' }, 'a'.repeat(129)), 'Invalid document id'],
    ['an id that is a number', add({ name: 'x' }, 7), 'Invalid document id'],
    ['another operation', { type: 'update', id: 'a' }, 'must be add or delete'],
    ['a delete with fields', { type: 'delete', id: 'a', fields: {} }, 'has no fields'],
    ['no operation at all', null, 'is an object'],
  ])('refuses %s, names the operation, and takes nothing of the batch', (_, operation, why) => {
    const refused = expect.objectContaining({
      service: 'document',
      status: 400,
      message: expect.stringMatching(new RegExp(`${why}.*near operation with index 2`, 's')),
    });
    expect(() => parse([add({ name: 'good' }, 'good'), operation])).toThrow(refused);
  });

  it('takes every character that an id may have', () => {
    expect(parse([add({ name: 'x' }, 'aZ09_-=#;:/?@&')])).toHaveLength(1);
  });

  it.each([
    ['what is not JSON', Buffer.from('[{'), 'not valid JSON'],
    ['what is not UTF-8', Buffer.from([0x5b, 0xff, 0x5d]), 'not valid UTF-8'],
    ['no batch', Buffer.from('{}'), 'must be an array'],
    ['an empty batch', Buffer.from('[]'), 'must be an array'],
  ])('refuses %s', (_, body, why) => {
    expect(() => parseBatch(body, fields)).toThrow(why);
  });

  it('refuses a batch over 5 MB with 413', () => {
    expect(() => parseBatch(Buffer.alloc(MAX_BATCH_BYTES + 1, 0x20), fields)).toThrow(
      expect.objectContaining({ status: 413 }),
    );
  });
});
