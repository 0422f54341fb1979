import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { z } from 'zod';
import { answerError, type ExplainError } from './answer-error.ts';
import { identify, requireRole } from './authenticate.ts';
import { type Limits, limitFailures, limitRequests } from './limits.ts';
import { type ApiTitle, openApiDocument } from './openapi.ts';
import { type Answering, httpMethodOf, type Operation, operation } from './operation.ts';
import { ROLES } from './person.ts';
import { Refusal } from './refusal.ts';
import { audit, readBody, runOperation } from './run-operation.ts';
import { sameSite } from './same-site.ts';
import { OpenViews, sendEvents } from './send-events.ts';
import type { Tokens } from './tokens.ts';

export interface AdminAppOptions {
  readonly about: ApiTitle;
  readonly operations: readonly Operation[];
  readonly tokens: Tokens;
  /** Required. Names beside the loopback's that clients call this server by, with the port unless it is the scheme's. */
  readonly hosts: readonly string[];
  readonly limits: Limits;
  /** Required. How many live views may be open at once. */
  readonly maxViews: number;
  readonly log: Logger;
  /** Required. Reads the errors of drivers and SDKs. */
  readonly explain: ExplainError;
  /** Required. Aborts when the server stops: live views end. */
  readonly stopped: AbortSignal;
  /** Optional: no page. Folders whose files are served, to anybody: they hold no secret. */
  readonly page?: readonly PageFolder[];
}

/** A folder of a page, and the path under which its files are served. */
export interface PageFolder {
  readonly path: string;
  readonly folder: string;
}

/** Everything that an admin server answers. */
export const adminApp = (options: AdminAppOptions): Express => {
  const app = express().disable('x-powered-by').set('query parser', 'simple');
  app.use(secureHeaders, sameSite(options.hosts), identify(options.tokens), limitRequests(options.limits));
  const operations = allOperations(options);
  const document = openApiDocument(options.about, operations);
  app.get('/openapi.json', (_req, res) => void res.json(document));
  app.use('/api', (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  mount(app, operations, options);
  for (const { path, folder } of options.page ?? [])
    app.use(path, express.static(folder, { index: 'index.html' }));
  app.use(() => {
    throw new Refusal('not-found', 'there is nothing here: /openapi.json lists what there is');
  });
  return app.use(answerError(options));
};

/** Those that were given, and one that every client wants. */
export const allOperations = ({ operations }: Pick<AdminAppOptions, 'operations'>): Operation[] => [
  whoAmI,
  ...operations,
];

const whoAmI = operation({
  id: 'whoAmI',
  method: 'get',
  path: '/api/v1/me',
  role: 'viewer',
  tag: 'access',
  summary: 'Whose token this is, and what it may do.',
  answer: z.object({ name: z.string(), role: z.enum(ROLES) }).meta({ id: 'Person' }),
  handle: ({ person }) => person,
});

const secureHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
});

const mount = (app: Express, operations: readonly Operation[], options: AdminAppOptions): void => {
  const countFailure = limitFailures(options.limits);
  const views = new OpenViews(options.maxViews);
  const { log, stopped } = options;
  for (const [path, here] of Map.groupBy(operations, ({ path }) => path)) {
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const operation of here) {
      const answer =
        operation.method === 'events'
          ? sendEvents(operation, { stopped, views })
          : runOperation(operation as Answering, stopped);
      route[httpMethodOf(operation)](
        audit(operation, log),
        requireRole(operation.role, countFailure),
        ...readBody(operation),
        answer,
      );
    }
    const allowed = here.flatMap((operation) => {
      const method = httpMethodOf(operation).toUpperCase();
      return method === 'GET' ? ['GET', 'HEAD'] : [method];
    });
    route.all((_req, res) => {
      res.set('Allow', allowed.join(', '));
      throw new Refusal('method-not-allowed', `only ${allowed.join(', ')} is answered here`);
    });
  }
};
