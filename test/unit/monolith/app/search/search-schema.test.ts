import { describe, expect, it } from '@jest/globals';
import { searchSchema } from '../../../../../monolith/app/search/search-router.ts';

describe('searchSchema', () => {
  it('takes one trimmed line', () => {
    expect(searchSchema.parse({ query: '  maria ' })).toEqual({ query: 'maria' });
  });

  it.each<[string, unknown]>([
    ['no query', {}],
    ['an empty query', { query: '' }],
    ['only spaces', { query: '   ' }],
    ['two queries', { query: ['a', 'b'] }],
    ['an operator', { query: { $ne: '' } }],
    ['81 characters', { query: 'x'.repeat(81) }],
    ['a NUL, which no BSON regex holds', { query: 'a\u0000b' }],
    ['another parameter', { query: 'a', limit: '1000' }],
  ])('refuses %s', (_what, input) => {
    expect(searchSchema.safeParse(input).success).toBe(false);
  });
});
