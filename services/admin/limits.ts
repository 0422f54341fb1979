import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { personIn } from './authenticate.ts';
import { Refusal } from './refusal.ts';

const WINDOW_MS = 60_000;

/** How much is taken from one client in a minute. */
export interface Limits {
  /** Required. Of a token's bearer, or of an address without one. */
  readonly requestsPerMinute: number;
  /** Required. Of an address, before it hears nothing but 429. */
  readonly failedSignInsPerMinute: number;
}

/** Each bearer has a share of his own, so that those behind one load balancer do not use up each other's. */
export const limitRequests = ({ requestsPerMinute }: Limits): RequestHandler =>
  limiter(requestsPerMinute, (req) => {
    const person = personIn(req.res);
    return person ? `person ${person.name}` : `address ${addressOf(req)}`;
  });

/**
 * Counts the sign-ins that failed. A good token is let in however many failed: guessing 256 bits is hopeless at any
 * pace, and nobody may keep an operator from a rollback by failing from behind the same address.
 */
export const limitFailures = ({ failedSignInsPerMinute }: Limits): RequestHandler =>
  limiter(failedSignInsPerMinute, addressOf);

const limiter = (limit: number, keyGenerator: (req: Request) => string): RequestHandler =>
  rateLimit({
    windowMs: WINDOW_MS,
    limit,
    keyGenerator,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Forwarded addresses are not looked at, whoever sends them.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_req, _res, next) => next(new Refusal('too-many-requests', 'too many requests: wait a minute')),
  });

const addressOf = (req: Request): string => ipKeyGenerator(req.socket.remoteAddress ?? '');
