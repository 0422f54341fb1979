import { liveView, type Operation, operation } from '../../services/admin/operation.ts';
import { Refusal } from '../../services/admin/refusal.ts';
import { readForAll, watch } from '../../services/admin/watch.ts';
import { messageOf } from '../../services/core/index.ts';
import { LATENCY_BOUNDS_MS } from '../metrics/readings.ts';
import type { RouteReadings } from '../ramp/route-readings.ts';
import type { DialKind } from '../ramp/traffic-dial.ts';
import { shadowReportsAt } from '../shadow/shadow-reports.ts';
import {
  CANARY_ROOT,
  type CanaryParts,
  type DialledRoute,
  dialOf,
  ofRoute,
  readingsOf,
  requireProxyRoute,
  requireRoute,
  routeIn,
} from './canary-parts.ts';
import { rampOf } from './canary-ramps.ts';
import { readingsSchema, shadowSchema } from './evidence-schemas.ts';
import { rampSchema } from './ramp-schemas.ts';

const LOOK_EVERY_MS = 1_000;

/** What both sides do, and how their answers differ. */
export const canaryEvidence = (parts: CanaryParts): Operation[] => {
  const { clock } = parts;
  const shared = { clock, forMs: LOOK_EVERY_MS / 2 };
  const readReadings = byRoute(readingsReader(parts), shared);
  const readRamp = byRoute((at) => rampOf(parts, at), shared);
  return [
    operation({
      ...ofRoute,
      id: 'getCanaryReadings',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/readings`,
      role: 'viewer',
      summary: 'What both sides have answered so far, over all proxies, as they report it each second.',
      description:
        'Of a load balancer: since its dial was set, by CloudWatch, in whole minutes, some two minutes late.',
      refuses: ['not-found'],
      answer: readingsSchema,
      handle: (request) => readReadings(routeIn(request)),
    }),
    liveView({
      ...ofRoute,
      id: 'watchCanary',
      path: `${CANARY_ROOT}/{route}/events`,
      role: 'viewer',
      summary: 'What both sides have answered so far, each second, and the ramp, whenever it changes.',
      refuses: ['not-found'],
      events: { readings: readingsSchema, ramp: rampSchema },
      stream: async function* ({ signal, ...request }) {
        const at = routeIn(request);
        const read = () => Promise.all([readReadings(at), readRamp(at)]);
        let told = '';
        for await (const [readings, ramp] of watch({ read, everyMs: LOOK_EVERY_MS, clock, signal })) {
          yield { event: 'readings' as const, data: readings };
          const json = JSON.stringify(ramp);
          if (json !== told) yield { event: 'ramp' as const, data: ramp };
          told = json;
        }
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
      handle: (request) => shadowOf(parts, routeIn(request)),
    }),
  ];
};

/** One reading of a route for all who ask at about the same time. */
const byRoute = <T>(
  read: (at: DialledRoute) => Promise<T>,
  shared: Parameters<typeof readForAll>[1],
): ((at: DialledRoute) => Promise<T>) => {
  const readers = {
    proxy: readForAll((route) => read({ dial: 'proxy', route }), shared),
    alb: readForAll((route) => read({ dial: 'alb', route }), shared),
  };
  return ({ dial, route }) => readers[dial](route);
};

const readingsReader = (parts: CanaryParts) => {
  const { clock } = parts;
  const known = new Map<DialKind, RouteReadings>();
  const look = async (kind: DialKind): Promise<RouteReadings> => {
    const readings = known.get(kind) ?? (await readingsOf(parts, kind));
    known.set(kind, readings);
    await readings.refresh();
    return readings;
  };
  const shared = { clock, forMs: LOOK_EVERY_MS / 2 };
  const looks = {
    proxy: readForAll(() => look('proxy'), shared),
    alb: readForAll(() => look('alb'), shared),
  };
  return async (at: DialledRoute) => {
    await requireRoute(parts, at);
    const { dial: kind, route } = at;
    const { setAtMs } = await (await dialOf(parts, kind)).read(route);
    const readings = await looks[kind]('all');
    const { totals = null, step, ...instances } = await readings.read(route, setAtMs);
    const since = step && setAtMs !== undefined ? { sinceMs: setAtMs, ...step } : null;
    const atMs = clock.nowMs();
    return { dial: kind, route, atMs, totals, step: since, ...instances, latencyBoundsMs: LATENCY_BOUNDS_MS };
  };
};

const shadowOf = async (parts: CanaryParts, at: DialledRoute) => {
  const { route } = at;
  if (!(await requireProxyRoute(parts, at, 'shadows')).shadow)
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
