import * as z from 'zod';

const CONTROL_CHARACTER = /\p{Cc}/u;
const CONTROL_BUT_LINES = /(?![\t\n\r])\p{Cc}/u;

const text = (lengths: { min: number; max: number }, forbidden: RegExp) =>
  z
    .string()
    .trim()
    .min(lengths.min)
    .max(lengths.max)
    .refine((value) => value.isWellFormed() && !forbidden.test(value), 'has a control character');

const name = text({ min: 1, max: 80 }, CONTROL_CHARACTER);

/**
 * What an owner may change of a profile: at least one of these. The rules are the monolith's; the contract
 * tests of the API hold both to them.
 */
export const profileChangesSchema = z
  .strictObject({
    firstName: name.optional(),
    lastName: name.optional(),
    bio: text({ min: 0, max: 500 }, CONTROL_BUT_LINES).optional(),
    avatarUrl: z
      .union([z.literal(''), z.url({ protocol: /^https?$/ }).max(500)], 'is not an http(s) URL')
      .optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'names no field to change');

export type ProfileChanges = z.infer<typeof profileChangesSchema>;
