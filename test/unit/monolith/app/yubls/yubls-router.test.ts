import { describe, expect, it } from '@jest/globals';
import { yublSchema } from '../../../../../monolith/app/yubls/yubls-router.ts';

describe('yublSchema', () => {
  it('takes 280 characters, of several lines', () => {
    const text = `${'x'.repeat(140)}\n${'y'.repeat(139)}`;
    expect(yublSchema.parse({ text })).toEqual({ text });
  });

  it.each<[string, unknown]>([
    ['281 characters', { text: 'x'.repeat(281) }],
    ['nothing', { text: '' }],
    ['spaces', { text: ' \n ' }],
    ['a list', { text: ['x'] }],
    ['another author', { text: 'x', authorId: '0'.repeat(24) }],
  ])('refuses %s', (_what, body) => {
    expect(yublSchema.safeParse(body).success).toBe(false);
  });
});
