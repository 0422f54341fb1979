import express, { type Express } from 'express';
import { healthRouter } from './health/health-router.ts';
import { accessLog } from './http/access-log.ts';
import { errorHandler } from './http/error-handler.ts';
import { notFound } from './http/http-error.ts';
import { traceContext } from './http/trace-context.ts';
import type { Parts } from './parts.ts';
import { profilesRouter } from './profiles/profiles-router.ts';
import { searchRouter } from './search/search-router.ts';
import { sessionsRouter } from './sessions/sessions-router.ts';
import { timelineRouter } from './timeline/timeline-router.ts';
import { usersRouter } from './users/users-router.ts';
import { yublsRouter } from './yubls/yubls-router.ts';

/** The whole app, without a server around it. */
export const createApp = (parts: Parts): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(traceContext);
  if (parts.logger.isLevelEnabled('info')) app.use(accessLog(parts.logger));
  app.use((_request, response, next) => {
    response.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    next();
  });
  app.use('/health', healthRouter(parts));
  app.use('/sessions', sessionsRouter(parts));
  app.use('/users', usersRouter(parts));
  app.use('/profiles', profilesRouter(parts));
  app.use('/yubls', yublsRouter(parts));
  app.use('/timeline', timelineRouter(parts));
  app.use('/search', searchRouter(parts));
  app.use(() => {
    throw notFound('there is nothing here');
  });
  app.use(errorHandler(parts.logger));
  return app;
};
