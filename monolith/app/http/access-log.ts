import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { currentTraceId } from './trace-context.ts';

/** A line for every answer, at the level `info`; paths only, since queries hold what people look for. */
export const accessLog =
  (logger: Logger): RequestHandler =>
  (request, response, next) => {
    const startedAtMs = performance.now();
    const { method, path } = request;
    const traceId = currentTraceId();
    response.once('close', () => {
      const { statusCode: status, writableFinished: finished } = response;
      const ms = Math.round(performance.now() - startedAtMs);
      logger.info({ method, path, status, finished, ms, traceId });
    });
    next();
  };
