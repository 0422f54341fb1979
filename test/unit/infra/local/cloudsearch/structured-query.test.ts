import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../../../../infra/local/cloudsearch/refusal.ts';
import { parseStructured } from '../../../../../infra/local/cloudsearch/structured-query.ts';

const parse = (text: string) => parseStructured(text, 'and');
const match = (how: string, field: string | null, text: string, boost = 1) => ({
  kind: 'match',
  how,
  field,
  text,
  boost,
});

describe('parseStructured', () => {
  it.each([
    ['matchall', { kind: 'all' }],
    ["'ann'", match('term', null, 'ann')],
    ["name:'ann'", match('term', 'name', 'ann')],
    ['fans:5', match('term', 'fans', '5')],
    ["(term field=_id 'a=20b')", match('term', '_id', 'a=20b')],
    ["(term field='name' boost=2.5 'ann')", match('term', 'name', 'ann', 2.5)],
    ["(prefix 'an')", match('prefix', null, 'an')],
    ["(phrase field=name 'ann lee')", match('phrase', 'name', 'ann lee')],
    ["'it\\'s \\\\ (ok)'", match('term', null, "it's \\ (ok)")],
    ["(not 'ann')", { kind: 'not', child: match('term', null, 'ann') }],
    [
      "(and boost=3 matchall (or 'a' 'b'))",
      { kind: 'and', boost: 3, children: [{ kind: 'all' }, { kind: 'or' }] },
    ],
    [
      "(or field=name 'a' x:'b')",
      { kind: 'or', children: [match('term', 'name', 'a'), match('term', 'x', 'b')] },
    ],
    ["'a' 'b'", { kind: 'and', children: [{ text: 'a' }, { text: 'b' }] }],
    [
      '(range field=fans [5,10})',
      {
        kind: 'range',
        field: 'fans',
        low: { value: '5', inclusive: true },
        high: { value: '10', inclusive: false },
      },
    ],
    ['fans:{,7]', { kind: 'range', low: null, high: { value: '7', inclusive: true } }],
    ["born:['2001-01-01T00:00:00Z',}", { kind: 'range', low: { value: '2001-01-01T00:00:00Z' }, high: null }],
  ])('reads %s', (text, query) => {
    expect(parse(text)).toMatchObject(query);
  });

  it.each([
    '',
    'ann',
    "'ann",
    "(or 'a'",
    "(or 'a'))",
    '(or)',
    "(not 'a' 'b')",
    '(term)',
    "(near 'a b')",
    "(xor 'a' 'b')",
    "(term field=name boost=x 'a')",
    '(range [1,2])',
    'fans:[,]',
    'fans:[1]',
    "name: (or 'a')",
    '"ann"',
  ])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(Refusal);
  });

  it('takes everything inside quotes for text, when quotes and backslashes are escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab\'\\() :[]{}*"') }), (text) => {
        const literal = `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
        expect(parse(`(or ${literal})`)).toMatchObject({ children: [match('term', null, text)] });
      }),
    );
  });
});
