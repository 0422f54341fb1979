import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ObjectId } from 'mongodb';
import { type Clock, entityKeyOf, parseTraceparent } from '../core/index.ts';
import { requestTraceparent } from '../outbox/request-traceparent.ts';
import { type Answer, errorAnswer, jsonAnswer } from './answers.ts';
import { profileAnswer } from './profile.ts';
import { profileChangesSchema } from './profile-changes.ts';
import type { Authority, Profiles } from './profiles.ts';
import { forbidden, notFound } from './refusal.ts';
import { requestBody } from './request-body.ts';
import { signedInUser } from './signed-in-user.ts';

const OBJECT_ID = /^[0-9a-f]{24}$/;

/** What is used of Powertools' logger. */
export interface RequestLogger {
  info(message: string, details: { readonly [field: string]: unknown }): void;
  error(message: string, details: { readonly [field: string]: unknown }): void;
}

export interface ProfilesRouterParts {
  readonly profiles: Profiles;
  authority(): Promise<Authority>;
  readonly clock: Clock;
  readonly logger: RequestLogger;
}

interface Request {
  readonly event: APIGatewayProxyEventV2;
  /** That the path names. */
  readonly id: string;
  /** The events of a change carry it on. */
  readonly traceparent: string;
}

type Handle = (request: Request) => Promise<Answer>;

/**
 * Answers the requests of an HTTP API (payload 2.0) as the monolith answers `/profiles/:id`: profiles are
 * everybody's to read, and their owner's to change and, with the user, to delete. Refusals come in the order
 * 401, 403, 400, 404. Logs one line a request: no bodies, tokens or ids.
 */
export const profilesRouter = (
  parts: ProfilesRouterParts,
): ((event: APIGatewayProxyEventV2) => Promise<Answer>) => {
  const routes = routesOf(parts);
  return async (event) => {
    const startedMs = parts.clock.nowMs();
    const traceparent = requestTraceparent(event.headers.traceparent);
    const request = { event, id: event.pathParameters?.id ?? '', traceparent };
    const answer = await answered(parts, routes[event.routeKey], request);
    const ms = parts.clock.nowMs() - startedMs;
    const { traceId } = parseTraceparent(traceparent) ?? {};
    parts.logger.info('answered', { route: event.routeKey, status: answer.statusCode, ms, traceId });
    return answer;
  };
};

const answered = async (
  { logger }: ProfilesRouterParts,
  handle: Handle | undefined,
  request: Request,
): Promise<Answer> => {
  try {
    if (!handle) throw notFound('path');
    return await handle(request);
  } catch (thrown) {
    const answer = errorAnswer(thrown);
    const route = request.event.routeKey;
    if ((answer.statusCode ?? 500) >= 500) logger.error('failed', { route, error: thrown });
    return answer;
  }
};

const routesOf = (parts: ProfilesRouterParts): { readonly [routeKey: string]: Handle } => {
  const { profiles } = parts;
  const get: Handle = async ({ id }) => {
    const profile = OBJECT_ID.test(id) ? await profiles.read(id) : undefined;
    if (!profile) throw notFound('profile');
    return jsonAnswer(200, profileAnswer(id, profile));
  };
  return {
    'GET /profiles/{id}': get,
    'HEAD /profiles/{id}': async (request) => ({ ...(await get(request)), body: '' }),
    'PUT /profiles/{id}': async ({ event, id, traceparent }) => {
      const owner = await ownerOf(event, id, parts);
      const changes = requestBody(event, profileChangesSchema);
      const changed = await profiles.change(owner, changes, { traceparent });
      if (!changed) throw notFound('profile');
      return jsonAnswer(200, { ...profileAnswer(id, changed.profile), version: changed.version });
    },
    'DELETE /profiles/{id}': async ({ event, id, traceparent }) => {
      const version = await profiles.remove(await ownerOf(event, id, parts), { traceparent });
      if (version === undefined) throw notFound('user');
      return { statusCode: 204, headers: { 'x-entity-version': String(version) } };
    },
  };
};

/** @throws Refusal 401 without a live session, 403 when it is not that of the user whom the path names. */
const ownerOf = async (
  event: APIGatewayProxyEventV2,
  id: string,
  { authority, clock }: ProfilesRouterParts,
): Promise<ObjectId> => {
  const { db } = await authority();
  const userId = await signedInUser(db, event.headers.authorization, clock.nowMs());
  if (entityKeyOf(userId) !== id) throw forbidden();
  return userId;
};
