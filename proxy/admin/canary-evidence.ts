import { liveView, type Operation, operation } from '../../services/admin/operation.ts';
import { Refusal } from '../../services/admin/refusal.ts';
import { readForAll, watch } from '../../services/admin/watch.ts';
import { messageOf } from '../../services/core/index.ts';
import { LATENCY_BOUNDS_MS } from '../metrics/readings.ts';
import { ReportedReadings } from '../readings/reported-readings.ts';
import { shadowReportsAt } from '../shadow/shadow-reports.ts';
import { CANARY_ROOT, type CanaryParts, dialOf, knownRoute, ofRoute } from './canary-parts.ts';
import { rampOf } from './canary-ramps.ts';
import { readingsSchema, shadowSchema } from './evidence-schemas.ts';
import { rampSchema } from './ramp-schemas.ts';

const LOOK_EVERY_MS = 1_000;

/** What both sides do, and how their answers differ. */
export const canaryEvidence = (parts: CanaryParts): Operation[] => {
  const { clock } = parts;
  const shared = { clock, forMs: LOOK_EVERY_MS / 2 };
  const readingsOf = readingsReader(parts);
  const readReadings = readForAll(readingsOf, shared);
  const readRamp = readForAll((route) => rampOf(parts, route), shared);
  return [
    operation({
      ...ofRoute,
      id: 'getCanaryReadings',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/readings`,
      role: 'viewer',
      summary: 'What both sides have answered so far, over all proxies, as they report it each second.',
      refuses: ['not-found'],
      answer: readingsSchema,
      handle: ({ params }) => readReadings(params.route),
    }),
    liveView({
      ...ofRoute,
      id: 'watchCanary',
      path: `${CANARY_ROOT}/{route}/events`,
      role: 'viewer',
      summary: 'What both sides have answered so far, each second, and the ramp, whenever it changes.',
      refuses: ['not-found'],
      events: { readings: readingsSchema, ramp: rampSchema },
      stream: async function* ({ params: { route }, signal }) {
        const read = () => Promise.all([readReadings(route), readRamp(route)]);
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
      handle: ({ params }) => shadowOf(parts, params.route),
    }),
  ];
};

/** Whoever reads more than once learns which proxies have fallen silent. */
const readingsReader = (parts: CanaryParts) => {
  let reported: ReportedReadings | undefined;
  const look = readForAll(
    async () => {
      reported ??= new ReportedReadings({ store: await parts.control(), clock: parts.clock });
      await reported.refresh();
      return reported;
    },
    { clock: parts.clock, forMs: LOOK_EVERY_MS / 2 },
  );
  return async (route: string) => {
    await knownRoute(parts, route);
    const { setAtMs } = await (await dialOf(parts)).read(route);
    const { totals = null, ...instances } = await (await look('all')).read(route, setAtMs);
    return { route, atMs: parts.clock.nowMs(), totals, ...instances, latencyBoundsMs: LATENCY_BOUNDS_MS };
  };
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
