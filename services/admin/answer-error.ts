import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { BanyanError, UnavailableError, UsageError } from '../core/index.ts';
import { REFUSALS, Refusal, type RefusalCode } from './refusal.ts';

/** The one shape of every error. */
export const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]]),
      message: z.string(),
      problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  })
  .meta({ id: 'Error' });

/** Reads what a driver or an SDK throws as one of our errors; `undefined` for what is none of theirs. */
export type ExplainError = (thrown: unknown) => BanyanError | undefined;

/** Answers whatever was thrown: a sentence for what a person can mend, and for a fault of ours that it is logged. */
export const answerError =
  (options: { log: Logger; explain: ExplainError }): ErrorRequestHandler =>
  (thrown: unknown, _req, res, _next) => {
    const refusal = refusalOf(thrown, options.explain);
    res.locals.refused = refusal.code;
    const { code, message, problems } = refusal;
    const { operation } = res.locals;
    if (code === 'internal') options.log.error({ err: thrown, operation }, 'failed');
    else if (refusal.status >= 500) options.log.warn({ operation }, message);
    if (res.headersSent) return void res.destroy();
    res
      .status(refusal.status)
      .json({ error: { code, message, ...(problems.length > 0 ? { problems } : {}) } });
  };

const refusalOf = (thrown: unknown, explain: ExplainError): Refusal => {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof BanyanError && thrown.code === 'revision-conflict')
    return new Refusal('revision-conflict', 'somebody else was first: look again, and decide again');
  const parser = parserRefusal(thrown);
  if (parser) return parser;
  const known = explain(thrown) ?? thrown;
  // Neither is the client's mistake: the server's surroundings have to be mended.
  if (known instanceof UsageError || known instanceof UnavailableError || isRetryable(known))
    return new Refusal('unavailable', known.message);
  // Our own errors are sentences for people.
  if (known instanceof BanyanError) return new Refusal('internal', known.message);
  return new Refusal('internal', "something went wrong here; the server's log says what");
};

const isRetryable = (thrown: unknown): thrown is BanyanError =>
  thrown instanceof BanyanError && thrown.retryable;

/** What Express and its body parser refuse, in our words: theirs may repeat what was sent. */
const parserRefusal = (thrown: unknown): Refusal | undefined => {
  const { status, type } = thrown as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  if (status === 413) return new Refusal('too-large', 'the body is too large');
  if (status === 415) return new Refusal('not-json', 'the body has an encoding that is not read here');
  if (type === 'entity.parse.failed') return new Refusal('invalid', 'the body is not a JSON object');
  return new Refusal('invalid', 'the request cannot be read');
};
