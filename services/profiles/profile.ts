import * as z from 'zod';
import type { Transform } from '../core/index.ts';

/** The slice of the user whose version orders profiles: what the profiles move owns. */
export const PROFILES_SLICE = 'profiles';

const profileSchema = z.object({
  username: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  bio: z.string().default(''),
  /** An http(s) URL, or empty for none. */
  avatarUrl: z.string().default(''),
});

/** What the profiles service holds of a user; the key is the user's. */
export type Profile = z.infer<typeof profileSchema>;

/** A profile as the API answers it. */
export const profileAnswerSchema = profileSchema.extend({ id: z.string() });

export type ProfileAnswer = z.infer<typeof profileAnswerSchema>;

/** The profile of a user document. @throws ZodError for a document that has none. */
export const toProfile: Transform<Profile> = (user) => profileSchema.parse(user);

/** The store keeps no order of fields; an answer has one. */
export const profileAnswer = (
  id: string,
  { username, firstName, lastName, bio, avatarUrl }: Profile,
): ProfileAnswer => ({ id, username, firstName, lastName, bio, avatarUrl });
