import { z } from 'zod';
import { credentials, key, why } from './request-fields.ts';

const side = z.enum(['control', 'candidate']);

/** A user whom an operator has put on a side. */
export const pin = z
  .object({
    key: z.string().describe('The sticky key; of a credential, its hash.'),
    side,
    untilMs: z.number().optional().describe('Absent: until it is taken away.'),
    atMs: z.number(),
    by: z.string(),
    why: z.string(),
  })
  .meta({ id: 'Pin' });

/** The longest that a pin may last by a time; without one it lasts until it is taken away. */
const MAX_PIN_MS = 365 * 86_400_000;

export const pinSchema = z.strictObject({
  key,
  credentials,
  side,
  forMs: z.int().min(1).max(MAX_PIN_MS).optional().describe('Absent: until it is taken away.'),
  why: why.default(''),
});

export const unpinSchema = z.strictObject({ key, credentials, why: why.default('') });

export const pinChangesSchema = z
  .object({
    changes: z.array(
      z.object({
        atMs: z.number(),
        change: z.enum(['pinned', 'unpinned']),
        key: z.string(),
        side,
        untilMs: z.number().optional(),
        by: z.string(),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: 'PinChanges' });
