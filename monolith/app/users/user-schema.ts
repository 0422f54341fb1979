import { z } from 'zod';
import { line, lines } from '../http/validate.ts';

export const usernameSchema = z
  .string()
  .min(3)
  .max(30)
  .regex(/^[a-z0-9_.]+$/, 'has other characters than a-z, 0-9, _ and .');

const passwordSchema = z.string().min(8).max(128);

export const nameSchema = line({ min: 1, max: 80 });

export const bioSchema = lines({ min: 0, max: 500 });

/** An http(s) URL of at most 500 characters, or empty for none. */
export const avatarUrlSchema = z.union(
  [z.literal(''), z.url({ protocol: /^https?$/ }).max(500)],
  'is not an http(s) URL',
);

export const signUpSchema = z.strictObject({
  username: usernameSchema,
  email: z.email().max(254),
  password: passwordSchema,
  firstName: nameSchema,
  lastName: nameSchema,
  bio: bioSchema.default(''),
  avatarUrl: avatarUrlSchema.default(''),
});

export type SignUp = z.infer<typeof signUpSchema>;
