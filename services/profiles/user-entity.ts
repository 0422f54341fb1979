import type { EntityDefinition } from '../core/index.ts';

/** The user, as monolith and services agree on it: the slice `profiles` is what the profiles move owns. */
export const userEntity: EntityDefinition = {
  name: 'user',
  collection: 'users',
  stream: 'users',
  slices: { profiles: ['username', 'firstName', 'lastName', 'bio', 'avatarUrl'] },
};
