import { json } from 'express';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import { invalid, notFound } from './http-error.ts';

const OBJECT_ID = /^[0-9a-f]{24}$/;
const CONTROL_CHARACTER = /\p{Cc}/u;
const CONTROL_BUT_LINES = /(?![\t\n\r])\p{Cc}/u;

/** Reads a JSON body of at most 16 KiB; whoever may not write is refused before it. */
export const jsonBody = json({ limit: '16kb' });

/** A line of text: trimmed, without control characters or broken surrogates. Lengths are in UTF-16 units. */
export const line = (lengths: { min: number; max: number }) =>
  z
    .string()
    .trim()
    .min(lengths.min)
    .max(lengths.max)
    .refine((text) => text.isWellFormed() && !CONTROL_CHARACTER.test(text), 'has a control character');

/** Text of several lines, otherwise as a line. */
export const lines = (lengths: { min: number; max: number }) =>
  z
    .string()
    .trim()
    .min(lengths.min)
    .max(lengths.max)
    .refine((text) => text.isWellFormed() && !CONTROL_BUT_LINES.test(text), 'has a control character');

/**
 * Reads untrusted input.
 * @throws HttpError 400 that lists every problem with its path and repeats no value.
 */
export const validated = <T>(schema: z.ZodType<T>, input: unknown, where: string): T => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${[where, ...issue.path].map(String).join('.')}: ${issue.message}`,
  );
  throw invalid(problems.join('; '));
};

/**
 * The id that a path names.
 * @throws HttpError 404 for what cannot be an id, as for an id that is nobody's.
 */
export const idOf = (value: unknown, what: string): ObjectId => {
  if (typeof value === 'string' && OBJECT_ID.test(value)) return ObjectId.createFromHexString(value);
  throw notFound(`there is no such ${what}`);
};
