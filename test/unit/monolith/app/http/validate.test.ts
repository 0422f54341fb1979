import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { HttpError } from '../../../../../monolith/app/http/http-error.ts';
import { idOf, validated } from '../../../../../monolith/app/http/validate.ts';

const refusalOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (thrown) {
    return thrown;
  }
};

describe('validated', () => {
  const schema = z.strictObject({ name: z.string().min(2), age: z.number() });

  it('answers what the schema makes of the input', () => {
    expect(validated(schema, { name: 'Ada', age: 36 }, 'body')).toEqual({ name: 'Ada', age: 36 });
  });

  it('names every problem with its path and repeats no value', () => {
    const refusal = refusalOf(() => validated(schema, { name: 's', age: 'secret' }, 'body'));
    expect(refusal).toBeInstanceOf(HttpError);
    expect(refusal).toMatchObject({ status: 400, code: 'invalid' });
    expect((refusal as HttpError).message).toMatch(/^body\.name: .+; body\.age: .+$/);
    expect((refusal as HttpError).message).not.toContain('secret');
  });
});

describe('idOf', () => {
  it('reads 24 hex digits', () => {
    expect(idOf('0123456789abcdef01234567', 'user').toHexString()).toBe('0123456789abcdef01234567');
  });

  it.each<unknown>([
    undefined,
    '',
    'me',
    '0123456789ABCDEF01234567',
    '0123456789abcdef0123456',
    { $gt: '' },
    ['a'],
  ])('knows nobody called %j', (value) => {
    expect(refusalOf(() => idOf(value, 'user'))).toMatchObject({ status: 404, code: 'not-found' });
  });
});
