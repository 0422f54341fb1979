import { describe, expect, it } from '@jest/globals';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { BanyanError, UsageError } from '../../../../services/core/index.ts';
import { LeaseLostError } from '../../../../services/outbox/index.ts';
import { isTransient } from '../../../../services/outbox/is-transient.ts';

const labelled = () => {
  const error = new MongoServerError({ message: 'm', code: 1 });
  error.addErrorLabel('RetryableWriteError');
  return error;
};

describe('isTransient', () => {
  it.each([
    ['a lost connection', new MongoNetworkError('closed'), true],
    ['a primary that steps down', new MongoServerError({ message: 'm', code: 189 }), true],
    ['a cursor that was closed meanwhile', new MongoServerError({ message: 'm', code: 43 }), true],
    ['an error that the server calls retryable', labelled(), true],
    ['a lost lease', new LeaseLostError('a', 1), true],
    ['an error of ours that may pass', new BanyanError('away', 'm', { retryable: true }), true],
    ['missing rights', new MongoServerError({ message: 'not authorized', code: 13 }), false],
    ['a mistake of a person', new UsageError('m'), false],
    ['a fault of the program', new TypeError('undefined is not a function'), false],
    ['something that is no error', 'text', false],
  ])('knows of %s whether waiting may mend it', (_, thrown, expected) => {
    expect(isTransient(thrown)).toBe(expected);
  });
});
