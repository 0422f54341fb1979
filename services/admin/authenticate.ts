import type { RequestHandler, Response } from 'express';
import { mayDo, type Person, type Role } from './person.ts';
import { Refusal } from './refusal.ts';
import type { Tokens } from './tokens.ts';

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]{1,512}=*)$/i;

/** Looks whose token the request carries, and lets everybody pass. There are no cookies: no browser sends it unasked. */
export const identify =
  (tokens: Tokens): RequestHandler =>
  (req, res, next) => {
    const [, token] = BEARER.exec(req.headers.authorization ?? '') ?? [];
    res.locals.person = token === undefined ? undefined : tokens.personOf(token);
    next();
  };

/** Lets nobody pass who may not do what the role is needed for. */
export const requireRole =
  (role: Role, countFailure: RequestHandler): RequestHandler =>
  (req, res, next) => {
    const person = personIn(res);
    if (!person) {
      res.set('WWW-Authenticate', 'Bearer realm="banyan"');
      const refuse = (thrown?: unknown) =>
        next(thrown ?? new Refusal('unauthenticated', 'send a token: Authorization: Bearer …'));
      return void countFailure(req, res, refuse);
    }
    if (mayDo(person, role)) return next();
    throw new Refusal('forbidden', `${person.name} may look, and this takes an operator`);
  };

/** Whom `identify` found; `undefined` without a token, or with one that is nobody's. */
export const personIn = (res: Response | undefined): Person | undefined => res?.locals.person;
