import { pino } from 'pino';
import type { PageFolder } from '../../services/admin/admin-app.ts';
import type { Operation } from '../../services/admin/operation.ts';
import { startAdminServer } from '../../services/admin/start-admin-server.ts';
import { freshToken, Tokens, tokenEntry } from '../../services/admin/tokens.ts';
import { type Clock, systemClock } from '../../services/core/index.ts';
import { type AdminAnswer, type AdminRequest, adminEvents, askAdmin } from './admin-client.ts';
import { DocumentedApi } from './documented-api.ts';

/** Whoever asks by the first may look; by the second, change something, as `otto`. */
const VIEWER = freshToken();
const OPERATOR = freshToken();

/** An admin server of some operations, whose every answer is held against its own document. */
export const startedAdmin = async (
  operations: readonly Operation[],
  { clock = systemClock, page = [] }: { clock?: Clock; page?: readonly PageFolder[] } = {},
) => {
  const server = await startAdminServer({
    about: { title: 'Tests', version: '1', description: 'For tests.' },
    operations,
    tokens: new Tokens(
      `${tokenEntry({ name: 'vera', role: 'viewer' }, VIEWER)} ${tokenEntry({ name: 'otto', role: 'operator' }, OPERATOR)}`,
    ),
    hosts: [],
    limits: { requestsPerMinute: 100_000, failedSignInsPerMinute: 100_000 },
    maxViews: 10,
    log: pino({ level: 'silent' }),
    explain: () => undefined,
    clock,
    page,
    listen: { host: '127.0.0.1', port: 0 },
  });
  const document = await askAdmin(server.address, { path: '/openapi.json' });
  const api = new DocumentedApi(document.json as { [part: string]: unknown });
  const ask = async (request: AdminRequest): Promise<AdminAnswer> => {
    const answer = await askAdmin(server.address, request);
    const differs = api.differences({ method: request.method ?? 'GET', path: request.path }, answer);
    if (differs)
      throw new Error(`not as documented: ${JSON.stringify(differs)}: ${JSON.stringify(answer.json)}`);
    return answer;
  };
  return {
    api,
    address: server.address,
    tokens: { viewer: VIEWER, operator: OPERATOR },
    get: (path: string) => ask({ path, token: VIEWER }),
    write: (method: 'POST' | 'PUT', path: string, body: object = {}) =>
      ask({ method, path, body, token: OPERATOR }),
    writeAsViewer: (method: 'POST' | 'PUT', path: string, body: object = {}) =>
      ask({ method, path, body, token: VIEWER }),
    /** The next of a live view's events, each held against the document. */
    events: async function* (path: string) {
      for await (const told of adminEvents(server.address, { path, token: VIEWER })) {
        const differs = api.eventDifferences(path, told);
        if (differs) throw new Error(`not as documented: ${JSON.stringify(differs)}`);
        yield told;
      }
    },
    close: () => server.close(),
  };
};

export type StartedAdmin = Awaited<ReturnType<typeof startedAdmin>>;
