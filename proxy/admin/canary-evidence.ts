import { liveView, type Operation, operation } from '../../services/admin/operation.ts';
import { Refusal } from '../../services/admin/refusal.ts';
import { readForAll, watch } from '../../services/admin/watch.ts';
import { messageOf } from '../../services/core/index.ts';
import { LATENCY_BOUNDS_MS } from '../metrics/readings.ts';
import { proxyReadings } from '../ramp/proxy-readings.ts';
import { shadowReportsAt } from '../shadow/shadow-reports.ts';
import { CANARY_ROOT, type CanaryParts, knownRoute, ofRoute } from './canary-parts.ts';
import { readingsSchema, shadowSchema } from './evidence-schemas.ts';

const LOOK_EVERY_MS = 1_000;

/** What both sides do, and how their answers differ. */
export const canaryEvidence = (parts: CanaryParts): Operation[] => {
  const { clock } = parts;
  const readOne = readForAll((route) => readingsOf(parts, route), { clock, forMs: LOOK_EVERY_MS / 2 });
  return [
    operation({
      ...ofRoute,
      id: 'getCanaryReadings',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/readings`,
      role: 'viewer',
      summary: 'What both sides have answered so far, over all proxies.',
      refuses: ['not-found'],
      answer: readingsSchema,
      handle: ({ params }) => readingsOf(parts, params.route),
    }),
    liveView({
      ...ofRoute,
      id: 'watchCanaryReadings',
      path: `${CANARY_ROOT}/{route}/events`,
      role: 'viewer',
      summary: 'What both sides have answered so far, each second.',
      refuses: ['not-found'],
      events: { readings: readingsSchema },
      stream: async function* ({ params, signal }) {
        const read = () => readOne(params.route);
        for await (const data of watch({ read, everyMs: LOOK_EVERY_MS, clock, signal }))
          yield { event: 'readings' as const, data };
      },
    }),
    operation({
      ...ofRoute,
      id: 'getCanaryShadow',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/shadow`,
      role: 'viewer',
      summary: 'How the answers of both sides differ, by field, as each proxy has found.',
      refuses: ['not-found'],
      answer: shadowSchema,
      handle: ({ params }) => shadowOf(parts, params.route),
    }),
  ];
};

const readingsOf = async (parts: CanaryParts, route: string) => {
  await knownRoute(parts, route);
  const totals = (await proxyReadings(await parts.proxies())(route)) ?? null;
  return { route, atMs: parts.clock.nowMs(), totals, latencyBoundsMs: LATENCY_BOUNDS_MS };
};

const shadowOf = async (parts: CanaryParts, route: string) => {
  if (!(await knownRoute(parts, route)).shadow)
    throw new Refusal('not-found', `${route} is not shadowed: give the route shadow: { percent: … }`);
  const proxies = await parts.proxies();
  const found = await Promise.allSettled(proxies.map(shadowReportsAt));
  const reports = [];
  const away = [];
  for (const [i, proxy] of proxies.entries()) {
    const one = found[i];
    if (one?.status !== 'fulfilled') away.push({ proxy, why: messageOf(one?.reason) });
    else if (one.value[route]) reports.push({ proxy, ...one.value[route] });
    else away.push({ proxy, why: `it does not shadow ${route}: it has another configuration` });
  }
  return { route, reports, away };
};
