import { LAST_DAY_MS, seededId } from './seeded-id.ts';

/** What a decade of hand-written scripts leaves behind: each breaks a field that every reader of users needs. */
const DAMAGES: readonly ((index: number) => { readonly [field: string]: unknown })[] = [
  () => ({ firstName: 42 }),
  () => ({ lastName: null }),
  (index) => ({ username: 9_000_000 + index }),
  () => ({ firstName: { first: 'Ada' }, lastName: ['Lovelace'] }),
];

/** `count` user documents that no reader can take. */
export const malformedUsers = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    _id: seededId('malformed', index, LAST_DAY_MS),
    username: `malformed_${index}`,
    firstName: 'Mal',
    lastName: 'Formed',
    bio: '',
    avatarUrl: '',
    followerCount: 0,
    createdAt: new Date(LAST_DAY_MS),
    ...DAMAGES[index % DAMAGES.length]?.(index),
  }));
