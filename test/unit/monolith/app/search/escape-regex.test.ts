import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeRegex } from '../../../../../monolith/app/search/escape-regex.ts';

describe('escapeRegex', () => {
  it.each([
    '.*',
    '^a',
    'a$',
    '(',
    ')',
    '[',
    ']',
    '{2}',
    'a|b',
    'a+',
    'a?',
    '\\',
    '\\d',
    '(?i)',
    '[^a]',
    'a-z',
    '/',
  ])('makes %s match itself and nothing it would have meant', (text) => {
    const pattern = new RegExp(escapeRegex(text), 'i');
    expect(pattern.test(`before ${text} after`)).toBe(true);
    expect(pattern.test('aabbzz 1')).toBe(false);
  });

  it('leaves letters of every script as they are', () => {
    expect(escapeRegex('Łukasz Ørsted 王')).toBe('Łukasz Ørsted 王');
  });

  it('finds any text as it stands, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, text, after) => {
        expect(new RegExp(escapeRegex(text)).test(before + text + after)).toBe(true);
      }),
    );
  });

  it('matches the text as a whole, and nothing but it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        expect(new RegExp(`^(?:${escapeRegex(text)})$`, 's').test(other)).toBe(other === text);
      }),
    );
  });
});
