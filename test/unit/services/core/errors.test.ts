import { describe, expect, it } from '@jest/globals';
import { messageOf } from '../../../../services/core/index.ts';

describe('messageOf', () => {
  it.each([
    ['an error', new Error('no such table'), 'no such table'],
    ['something that is no error', 'text', 'text'],
    // As Node throws it when a name has several addresses and none answers.
    [
      'several errors without a word of their own',
      new AggregateError([
        new Error('connect ECONNREFUSED ::1:1'),
        new Error('connect ECONNREFUSED 127.0.0.1:1'),
      ]),
      'connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1',
    ],
    ['several errors with one', new AggregateError([new Error('a')], 'all failed'), 'all failed'],
    ['an error without a word', new TypeError(), 'TypeError'],
  ])('says in words what %s is', (_, thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});
