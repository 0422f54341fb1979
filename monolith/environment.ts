import { z } from 'zod';
import { UsageError } from '../services/core/index.ts';

/** What every process of the monolith reads from its environment. */
export const databaseEnvironment = {
  /** Required. A replica set: transactions need one. */
  MONGODB_URI: z
    .string('is required')
    .regex(/^mongodb(\+srv)?:\/\//, 'starts with mongodb:// or mongodb+srv://'),
  /** Required. */
  MONGODB_DATABASE: z.string('is required').min(1, 'is required'),
};

/** From `debug`, which logs most, to `silent`. */
export const logLevel = z.enum(['debug', 'info', 'warn', 'error', 'silent']);

/**
 * Reads an environment through one schema; variables that the schema does not name are not its business.
 * @throws UsageError that lists every problem with its variable.
 */
export const readEnvironment = <T>(
  schema: z.ZodType<T>,
  env: { readonly [name: string]: string | undefined },
): T => {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new UsageError(`the environment has ${problems.length} problem(s):\n${problems.join('\n')}`);
};
