import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Query } from '../../../../../infra/local/cloudsearch/query.ts';
import { parseSimple } from '../../../../../infra/local/cloudsearch/simple-query.ts';

/** A query in one line: `a`, `a*`, `"a b"`, `!a`, `and(…)`, `or(…)`. */
const shown = (query: Query): string => {
  if (query.kind === 'not') return `!${shown(query.child)}`;
  if (query.kind === 'and' || query.kind === 'or')
    return `${query.kind}(${query.children.map(shown).join(' ')})`;
  if (query.kind !== 'match') return query.kind;
  return { term: query.text, prefix: `${query.text}*`, phrase: `"${query.text}"` }[query.how];
};

describe('parseSimple', () => {
  it.each([
    ['ann', 'ann'],
    ['ann lee', 'and(ann lee)'],
    ['ann + lee', 'and(ann lee)'],
    ['ann | lee', 'or(ann lee)'],
    ['ann -lee', 'and(ann !lee)'],
    ['mary-ann', 'mary-ann'],
    ['ann le*', 'and(ann le*)'],
    ['"ann lee" x', 'and("ann lee" x)'],
    ['ann (lee | le*)', 'and(ann or(lee le*))'],
    ['a | b c', 'or(a and(b c))'],
    ['\\(ann\\) le\\*', 'and((ann) le*)'],
    ['ann)', 'ann'],
    ['((ann', 'ann'],
    ['"ann', '"ann"'],
  ])('reads %s as %s', (text, tree) => {
    expect(shown(parseSimple(text, 'and'))).toBe(tree);
  });

  it('takes an escaped star for a star', () => {
    expect(parseSimple('le\\*', 'and')).toMatchObject({ how: 'term', text: 'le*' });
  });

  it('joins words by the default operator', () => {
    expect(shown(parseSimple('ann lee', 'or'))).toBe('or(ann lee)');
  });

  it('makes something of whatever was typed', () => {
    const typed = fc.string({ unit: fc.constantFrom(...'ab "()|+-*\\ '), maxLength: 30 });
    fc.assert(fc.property(typed, (text) => typeof shown(parseSimple(text, 'and')) === 'string'));
  });

  it.each(['ann~1', '"ann lee"~2'])('says that %s is not implemented', (text) => {
    expect(() => parseSimple(text, 'and')).toThrow('not implemented by the local endpoint');
  });
});
