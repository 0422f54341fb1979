import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestHandler } from 'express';
import { parseTraceparent } from '../../../services/core/index.ts';
import { activeTraceparent, requestTraceparent } from '../../../services/outbox/index.ts';

const ofRequest = new AsyncLocalStorage<string>();

/** Takes a request's W3C trace context, or starts one, so that what the request causes can be told from the rest. */
export const traceContext: RequestHandler = (request, _response, next) => {
  ofRequest.run(requestTraceparent(request.get('traceparent')), next);
};

/** The trace context of what is under way, for the outbox: its events carry it on. */
export const currentTraceparent = (): string | undefined => activeTraceparent() ?? ofRequest.getStore();

/** For log lines. */
export const currentTraceId = (): string | undefined => parseTraceparent(currentTraceparent())?.traceId;
