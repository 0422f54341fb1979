import { createServer, type Server, type ServerResponse } from 'node:http';
import { Registry } from 'prom-client';
import type { AdminSource } from './admin-state.ts';

type Answer = { readonly status: number; readonly type: string; readonly body: string };

/**
 * What operators and their tools read, on a listener apart from the traffic's: `/metrics` (Prometheus),
 * `/health`, `/weights` (what is in force and since when), `/readings` (each side's counters, for a ramp), `/shadow`
 * (how answers of the sides differ, by route).
 */
export const createAdminServer = (source: AdminSource): Server =>
  createServer((req, res) => {
    answerOf(req.method, req.url ?? '/', source).then(
      (answer) => send(res, answer),
      (thrown: unknown) => send(res, json(500, { error: { code: 'internal', message: String(thrown) } })),
    );
  });

const answerOf = async (method: string | undefined, url: string, source: AdminSource): Promise<Answer> => {
  if (method !== 'GET' && method !== 'HEAD')
    return json(405, { error: { code: 'method-not-allowed', message: 'Only GET is answered here.' } });
  const path = url.split('?', 1)[0];
  if (path === '/metrics')
    return { status: 200, type: Registry.PROMETHEUS_CONTENT_TYPE, body: await source.metrics() };
  const { storeAway, weights, readings, shadow } = await source.state();
  switch (path) {
    case '/health':
      // A store that is away is no reason to take this instance out: it serves the last known weights.
      return json(200, { ok: true, storeAway });
    case '/weights':
      return json(200, { storeAway, routes: weights });
    case '/readings':
      return json(200, readings);
    case '/shadow':
      return json(200, shadow);
    default:
      return json(404, {
        error: { code: 'not-found', message: 'Try /metrics, /health, /weights, /readings or /shadow.' },
      });
  }
};

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

const send = (res: ServerResponse, { status, type, body }: Answer): void => {
  res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
};
