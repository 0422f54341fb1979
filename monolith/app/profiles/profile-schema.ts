import { z } from 'zod';
import { avatarUrlSchema, bioSchema, nameSchema } from '../users/user-schema.ts';

/** What an owner may change of a profile: at least one of these. */
export const profileChangesSchema = z
  .strictObject({
    firstName: nameSchema.optional(),
    lastName: nameSchema.optional(),
    bio: bioSchema.optional(),
    avatarUrl: avatarUrlSchema.optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'names no field to change');
