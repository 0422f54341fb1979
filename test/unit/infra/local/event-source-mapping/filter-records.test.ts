import { describe, expect, it } from '@jest/globals';
import { compileFilters } from '../../../../../infra/local/event-source-mapping/filter-records.ts';
import { UsageError } from '../../../../../services/core/index.ts';

const record = (data: unknown, partitionKey = 'key') => ({
  sequenceNumber: '1',
  partitionKey,
  data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
  arrivedAtMs: 1_545_084_650_987,
});
const accepts = (pattern: object, data: unknown): boolean =>
  compileFilters([JSON.stringify({ data: pattern })])(record(data));

describe('compileFilters', () => {
  it('lets everything through without a filter', () => {
    expect(compileFilters([])(record('not JSON'))).toBe(true);
  });

  it.each([
    ['an equal text', { city: ['Rome', 'Oslo'] }, { city: 'Oslo' }, { city: 'oslo' }],
    ['an equal number', { n: [7] }, { n: 7 }, { n: '7' }],
    ['null', { user: [null] }, { user: null }, { user: '' }],
    ['an empty text', { name: [''] }, { name: '' }, { name: 'a' }],
    ['every field', { a: [1], b: [2] }, { a: 1, b: 2, c: 3 }, { a: 1, b: 3 }],
    ['a nested field', { order: { type: ['buy'] } }, { order: { type: 'buy' } }, { type: 'buy' }],
    ['an element of a list', { tags: ['x'] }, { tags: ['y', 'x'] }, { tags: ['y'] }],
    ['a beginning', { region: [{ prefix: 'us-' }] }, { region: 'us-east-1' }, { region: 'eu-us-' }],
    ['an end', { file: [{ suffix: '.png' }] }, { file: 'a.png' }, { file: 'png' }],
    ['any case', { name: [{ 'equals-ignore-case': 'ALICE' }] }, { name: 'aLice' }, { name: 'alic' }],
    ['a wildcard', { path: [{ wildcard: 'a/*/c.*' }] }, { path: 'a/b/b/c.x' }, { path: 'a/b/cx' }],
    ['anything but', { sky: [{ 'anything-but': ['grey'] }] }, { sky: 'blue' }, { sky: 'grey' }],
    ['anything but a beginning', { r: [{ 'anything-but': { prefix: 'us' } }] }, { r: 'eu' }, { r: 'us-1' }],
    ['a number in a range', { p: [{ numeric: ['>', 10, '<=', 20] }] }, { p: 20 }, { p: 10 }],
    ['a field that exists', { p: [{ exists: true }] }, { p: null }, { q: 1 }],
    ['a field that does not', { p: [{ exists: false }] }, { q: 1 }, { p: 1 }],
    ['either', { $or: [{ a: [1] }, { b: [2] }] }, { a: 0, b: 2 }, { a: 0, b: 0 }],
  ])('matches %s', (_, pattern, matching, other) => {
    expect(accepts(pattern, matching)).toBe(true);
    expect(accepts(pattern, other)).toBe(false);
  });

  it('does not take a missing field for anything but', () => {
    expect(accepts({ sky: [{ 'anything-but': ['grey'] }] }, {})).toBe(false);
  });

  it('matches the partition key', () => {
    const filter = compileFilters(['{"partitionKey": ["1"]}']);
    expect(filter(record('not JSON', '1'))).toBe(true);
    expect(filter(record('not JSON', '2'))).toBe(false);
  });

  it('sends what any of several filters lets through', () => {
    const filter = compileFilters(['{"data": {"a": [1]}}', '{"partitionKey": ["1"]}']);
    expect(filter(record({ a: 1 }))).toBe(true);
    expect(filter(record('not JSON', '1'))).toBe(true);
    expect(filter(record({ a: 2 }))).toBe(false);
  });

  it('drops data that is not JSON when a filter asks for data', () => {
    expect(accepts({ a: [{ exists: false }] }, 'not JSON')).toBe(false);
  });

  it.each([
    'not JSON',
    '{}',
    '{"data": ["text"]}',
    '{"data": {"a": "text"}}',
    '{"data": {"a": []}}',
    '{"data": {"a": [{"numeric": [">"]}]}}',
    '{"data": {"a": [{"cidr": "10.0.0.0/8"}]}}',
    '{"data": {"a": [{"prefix": "a", "suffix": "b"}]}}',
    '{"data": {"a": [{"exists": "yes"}]}}',
    '{"data": {"$or": [{"a": [1]}]}}',
  ])('refuses %s when the mapping is made', (pattern) => {
    expect(() => compileFilters([pattern])).toThrow(UsageError);
  });
});
