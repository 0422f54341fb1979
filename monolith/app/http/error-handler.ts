import type { ErrorRequestHandler } from 'express';
import { MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import type { Logger } from 'pino';
import { BanyanError } from '../../../services/core/index.ts';
import { HttpError, invalid } from './http-error.ts';
import { currentTraceId } from './trace-context.ts';

/** Answers what a handler threw, as `{ error: { code, message } }`; faults of ours are logged and not shown. */
export const errorHandler =
  (logger: Logger): ErrorRequestHandler =>
  (thrown, request, response, next) => {
    const refusal = refusalOf(thrown);
    if (refusal.status >= 500) {
      const { method, path } = request;
      logger.error({ err: thrown, method, path, traceId: currentTraceId() });
    }
    if (response.headersSent) return next(thrown);
    if (refusal.status === 401) response.set('www-authenticate', 'Bearer');
    const { status, code, message } = refusal;
    response.status(status).json({ error: { code, message } });
  };

/** What a client is told of what was thrown. */
export const refusalOf = (thrown: unknown): HttpError => {
  if (thrown instanceof HttpError) return thrown;
  if (databaseIsAway(thrown)) return new HttpError(503, 'unavailable', 'try again in a moment');
  return requestErrorOf(thrown) ?? new HttpError(500, 'internal', 'something went wrong on our side');
};

const databaseIsAway = (thrown: unknown): boolean =>
  thrown instanceof MongoNetworkError ||
  thrown instanceof MongoServerSelectionError ||
  (thrown instanceof BanyanError && thrown.retryable);

/** What Express and its body parser say of a request that they cannot read. */
const requestErrorOf = (thrown: unknown): HttpError | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const { status, type } = thrown as { status?: unknown; type?: unknown };
  if (status === 413) return new HttpError(413, 'too-large', 'the body is larger than 16 KiB');
  if (status === 415) return new HttpError(415, 'unsupported', 'the body is not plain JSON in UTF-8');
  if (type === 'entity.parse.failed') return invalid('body: is not JSON');
  return status === 400 ? invalid('the request cannot be read') : undefined;
};
