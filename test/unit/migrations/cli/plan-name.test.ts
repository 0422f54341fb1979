import { describe, expect, it } from '@jest/globals';
import { parsePlanName } from '../../../../migrations/cli/plan-name.ts';

describe('the name of a plan', () => {
  it.each([
    ['users-to-search', { plan: 'users-to-search' }],
    ['users-to-search@users-2', { plan: 'users-to-search', into: 'users-2' }],
    ['users-to-search@arn:aws:x@y', { plan: 'users-to-search', into: 'arn:aws:x@y' }],
    ['users-to-search@', { plan: 'users-to-search', into: '' }],
  ])('%s says which sink is meant', (name, expected) => expect(parsePlanName(name)).toEqual(expected));
});
