import type { Reading } from '../../../migrations/backfill/record-or-reject.ts';
import { PROFILES_SLICE, type Profile, toProfile } from '../../../services/profiles/profile.ts';

/** The users of the benches as the example's plan reads them. */
export const profileReading: Reading<Profile> & { readonly fields: readonly string[] } = {
  slice: PROFILES_SLICE,
  transform: toProfile,
  fields: ['username', 'firstName', 'lastName', 'bio', 'avatarUrl'],
};
