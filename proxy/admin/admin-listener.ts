import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../services/core/index.ts';
import type { Canary } from '../canary.ts';

type Answer = { readonly status: number; readonly type: string; readonly body: string };

/**
 * What operators and their tools read, on a listener apart from the traffic's: `/metrics` (Prometheus),
 * `/health`, `/weights` (what is in force and since when), `/readings` (each side's counters, for a ramp), `/shadow`
 * (how answers of the sides differ, by route).
 */
export const createAdminServer = (options: { canary: Canary; clock: Clock }): Server =>
  createServer((req, res) => {
    answerOf(req.method, req.url ?? '/', options).then(
      (answer) => send(res, answer),
      (thrown: unknown) => send(res, json(500, { error: { code: 'internal', message: String(thrown) } })),
    );
  });

const answerOf = async (
  method: string | undefined,
  url: string,
  { canary, clock }: { canary: Canary; clock: Clock },
): Promise<Answer> => {
  if (method !== 'GET' && method !== 'HEAD')
    return json(405, { error: { code: 'method-not-allowed', message: 'Only GET is answered here.' } });
  switch (url.split('?', 1)[0]) {
    case '/metrics':
      return {
        status: 200,
        type: canary.metrics.registry.contentType,
        body: await canary.metrics.registry.metrics(),
      };
    case '/health':
      // A store that is away is no reason to take this instance out: it serves the last known weights.
      return json(200, { ok: true, storeAway: canary.storeAwayBecause ?? null });
    case '/weights':
      return json(200, weightsOf(canary, clock.nowMs()));
    case '/readings':
      return json(200, await canary.metrics.totals(canary.dials));
    case '/shadow':
      return json(200, shadowOf(canary));
    default:
      return json(404, {
        error: { code: 'not-found', message: 'Try /metrics, /health, /weights, /readings or /shadow.' },
      });
  }
};

const weightsOf = (canary: Canary, nowMs: number) => ({
  storeAway: canary.storeAwayBecause ?? null,
  routes: Object.fromEntries(
    canary.dials.map((route) => {
      const { weightPercent, setAtMs = null, confirmedAtMs } = canary.weights.inForce(route);
      const ageMs = confirmedAtMs === undefined ? null : nowMs - confirmedAtMs;
      return [route, { weightPercent, setAtMs, ageMs }];
    }),
  ),
});

const shadowOf = (canary: Canary) =>
  Object.fromEntries(
    canary.routes.flatMap((route) => {
      const report = canary.mirror.report(route);
      return report ? [[route, report]] : [];
    }),
  );

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

const send = (res: ServerResponse, { status, type, body }: Answer): void => {
  res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
};
