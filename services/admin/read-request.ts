import type { Request, Response } from 'express';
import type { z } from 'zod';
import { personIn } from './authenticate.ts';
import type { Operation, OperationRequest } from './operation.ts';
import { type Problem, Refusal } from './refusal.ts';

type Fields = { readonly [name: string]: unknown };
type Sent = OperationRequest<Fields, Fields, Fields>;

/**
 * What an operation is handed, read by its schemas.
 * @throws Refusal that lists every problem with its path, and repeats no value.
 */
export const readRequest = (
  operation: Operation,
  req: Request,
  res: Response,
  stopped: AbortSignal,
): Sent => {
  const problems: Problem[] = [];
  const read = (part: string, schema: z.ZodObject, sent: unknown): Fields => {
    const parsed = schema.safeParse(sent);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      problems.push({ path: [part, ...path].map(String).join('.'), message });
    return {};
  };
  const params = read('params', operation.params, req.params);
  const query = read('query', operation.query, req.query);
  const body = operation.method === 'events' ? {} : read('body', operation.body, req.body ?? {});
  if (problems.length > 0) {
    const sentence = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new Refusal('invalid', sentence, { problems });
  }
  const person = personIn(res);
  if (!person) throw new Error(`${operation.id} is run for nobody`);
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return { params, query, body, person, signal: AbortSignal.any([gone.signal, stopped]) };
};
