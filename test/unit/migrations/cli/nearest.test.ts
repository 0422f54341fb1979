import { describe, expect, it } from '@jest/globals';
import { nearest } from '../../../../migrations/cli/nearest.ts';

describe('an unknown name', () => {
  it('is answered with the nearest known one and all the others', () => {
    expect(nearest('user-to-search', ['users-to-search', 'users-to-profiles'])).toBe(
      'did you mean users-to-search? (known: users-to-profiles, users-to-search)',
    );
  });

  it('is answered with the only one there is', () => {
    expect(nearest('x', ['users-to-search'])).toBe('known: users-to-search');
  });

  it('is answered honestly when there is none', () => {
    expect(nearest('x', [])).toBe('the configuration names none');
  });
});
