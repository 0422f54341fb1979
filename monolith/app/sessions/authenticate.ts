import type { Request, RequestHandler, Response } from 'express';
import { ObjectId } from 'mongodb';
import { forbidden, unauthenticated } from '../http/http-error.ts';
import type { Parts } from '../parts.ts';
import { hashToken, type SessionDocument } from './session.ts';

const BEARER = /^Bearer ([A-Za-z0-9_-]{20,100})$/i;

/** The token that an Authorization header carries. */
export const tokenOf = (authorization: string | undefined): string | undefined =>
  BEARER.exec(authorization ?? '')?.[1];

/**
 * The live session of a token.
 * @throws HttpError 401 when there is none.
 */
export const sessionOfToken = async (
  { db, clock }: Pick<Parts, 'db' | 'clock'>,
  token: string,
): Promise<SessionDocument> => {
  const session = await db
    .collection<SessionDocument>('sessions')
    .findOne({ _id: hashToken(token), expiresAt: { $gt: new Date(clock.nowMs()) } });
  if (!session) throw unauthenticated();
  return session;
};

/** Lets only requests with a live session's token pass; `userOf` answers whose it is. */
export const authenticate =
  (parts: Parts): RequestHandler =>
  async (request, response, next) => {
    const token = tokenOf(request.get('authorization'));
    if (!token) throw unauthenticated();
    response.locals.session = await sessionOfToken(parts, token);
    next();
  };

/** Lets only the user pass whom the path names as `:id`; comes after `authenticate`. */
export const ownOnly: RequestHandler = (request: Request, response, next) => {
  if (request.params.id !== userOf(response).toHexString()) throw forbidden('this is somebody else’s');
  next();
};

/** The session of an authenticated request. */
export const sessionOf = (response: Response): SessionDocument => {
  const session: unknown = response.locals.session;
  if (!isSession(session)) throw new Error('authenticate is not in front of this handler');
  return session;
};

/** The user of an authenticated request. */
export const userOf = (response: Response): ObjectId => sessionOf(response).userId;

const isSession = (value: unknown): value is SessionDocument =>
  typeof value === 'object' && value !== null && 'userId' in value && value.userId instanceof ObjectId;
