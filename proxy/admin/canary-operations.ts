import { z } from 'zod';
import { liveView, type Operation, operation } from '../../services/admin/operation.ts';
import { Refusal } from '../../services/admin/refusal.ts';
import { readForAll, watch } from '../../services/admin/watch.ts';
import { type Clock, messageOf, UsageError } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { LATENCY_BOUNDS_MS } from '../metrics/readings.ts';
import { ProxyDial } from '../ramp/dials/proxy-dial.ts';
import { proxyReadings } from '../ramp/proxy-readings.ts';
import { previewWeight } from '../routing/preview-weight.ts';
import type { RouteConfig } from '../routing/proxy-config.ts';
import { keyOf } from '../routing/sticky-key.ts';
import { shadowReportsAt } from '../shadow/shadow-reports.ts';
import {
  canariesSchema,
  canarySchema,
  changesSchema,
  previewAnswerSchema,
  previewSchema,
  readingsSchema,
  rollbackSchema,
  setWeightSchema,
  shadowSchema,
} from './canary-schemas.ts';

const TAG = 'canary';
const ROOT = '/api/v1/canary';
const LOOK_EVERY_MS = 1_000;

/** What the operations on canaries rest on; nothing is asked for before it is needed. */
export interface CanaryParts {
  control(): Promise<ControlStore>;
  readonly clock: Clock;
  /** The routes of the configuration. */
  routes(): Promise<{ readonly [route: string]: RouteConfig }>;
  /** @throws UsageError that names the nearest route. */
  requireRoute(name: string): Promise<RouteConfig>;
  /** The admin listeners of all proxies. */
  proxies(): Promise<readonly string[]>;
}

/** Live control of canaries: the functions behind `banyan canary`, over HTTP. */
export const canaryOperations = (parts: CanaryParts): Operation[] => [
  ...views(parts),
  ...evidence(parts),
  ...changes(parts),
];

const ofRoute = {
  tag: TAG,
  params: z.object({ route: z.string().describe("A route of the configuration's proxy.") }),
};

const views = (parts: CanaryParts): Operation[] => {
  const { clock } = parts;
  const readAll = readForAll(() => canariesOf(parts), { clock, forMs: LOOK_EVERY_MS / 2 });
  return [
    operation({
      id: 'listCanaries',
      method: 'get',
      path: ROOT,
      role: 'viewer',
      tag: TAG,
      summary: 'Every route, with its weight and who set it.',
      answer: canariesSchema,
      handle: () => canariesOf(parts),
    }),
    operation({
      ...ofRoute,
      id: 'getCanary',
      method: 'get',
      path: `${ROOT}/{route}`,
      role: 'viewer',
      summary: 'A route, with its weight and who set it.',
      refuses: ['not-found'],
      answer: canarySchema,
      handle: ({ params }) => canaryOf(parts, params.route),
    }),
    operation({
      ...ofRoute,
      id: 'getCanaryHistory',
      method: 'get',
      path: `${ROOT}/{route}/history`,
      role: 'viewer',
      summary: 'Who turned the dial, when, from what to what, and why; the newest first.',
      query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
      refuses: ['not-found'],
      answer: changesSchema,
      handle: async ({ params, query }) => {
        await knownRoute(parts, params.route);
        return { changes: await (await dialOf(parts)).history(params.route, query.limit) };
      },
    }),
    liveView({
      id: 'watchCanaries',
      path: '/api/v1/events/canary',
      role: 'viewer',
      tag: TAG,
      summary: 'The same as the list, whenever it changes; looked at each second.',
      events: { canaries: canariesSchema },
      stream: async function* ({ signal }) {
        for await (const data of watch({ read: () => readAll('all'), everyMs: LOOK_EVERY_MS, clock, signal }))
          yield { event: 'canaries' as const, data };
      },
    }),
  ];
};

const evidence = (parts: CanaryParts): Operation[] => {
  const { clock } = parts;
  const readOne = readForAll((route) => readingsOf(parts, route), { clock, forMs: LOOK_EVERY_MS / 2 });
  return [
    operation({
      ...ofRoute,
      id: 'getCanaryReadings',
      method: 'get',
      path: `${ROOT}/{route}/readings`,
      role: 'viewer',
      summary: 'What both sides have answered so far, over all proxies.',
      refuses: ['not-found'],
      answer: readingsSchema,
      handle: ({ params }) => readingsOf(parts, params.route),
    }),
    liveView({
      ...ofRoute,
      id: 'watchCanaryReadings',
      path: `${ROOT}/{route}/events`,
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
      path: `${ROOT}/{route}/shadow`,
      role: 'viewer',
      summary: 'How the answers of both sides differ, by field, as each proxy has found.',
      refuses: ['not-found'],
      answer: shadowSchema,
      handle: ({ params }) => shadowOf(parts, params.route),
    }),
  ];
};

const changes = (parts: CanaryParts): Operation[] => [
  operation({
    ...ofRoute,
    id: 'previewCanary',
    method: 'post',
    path: `${ROOT}/{route}/preview`,
    role: 'viewer',
    summary: 'Which of the given keys would move at another weight. It changes nothing.',
    body: previewSchema,
    maxBodyBytes: 4_194_304,
    refuses: ['not-found'],
    answer: previewAnswerSchema,
    handle: ({ params, body }) => previewOf(parts, params.route, body),
  }),
  operation({
    ...ofRoute,
    id: 'setCanaryWeight',
    method: 'put',
    path: `${ROOT}/{route}/weight`,
    role: 'operator',
    summary:
      'Gives the candidate a share of the traffic, unless somebody else has turned the dial meanwhile.',
    description: 'Every proxy follows within two seconds.',
    body: setWeightSchema,
    refuses: ['not-found', 'revision-conflict'],
    answer: canarySchema,
    handle: async ({ params: { route }, body, person: { name: by } }) => {
      await knownRoute(parts, route);
      await (await dialOf(parts)).set(route, { ...body, by });
      return canaryOf(parts, route);
    },
  }),
  operation({
    ...ofRoute,
    id: 'rollbackCanary',
    method: 'post',
    path: `${ROOT}/{route}/rollback`,
    role: 'operator',
    summary: 'Sends everything back to the control, whoever else turns the dial at the same moment.',
    body: rollbackSchema,
    refuses: ['not-found'],
    answer: canarySchema,
    handle: async ({ params: { route }, body: { why }, person: { name: by } }) => {
      await knownRoute(parts, route);
      await (await dialOf(parts)).set(route, { weightPercent: 0, by, why, expectedRevision: 'any' });
      return canaryOf(parts, route);
    },
  }),
];

const dialOf = async ({ control, clock }: CanaryParts): Promise<ProxyDial> =>
  new ProxyDial({ store: await control(), clock });

const knownRoute = async ({ requireRoute }: CanaryParts, route: string): Promise<RouteConfig> => {
  try {
    return await requireRoute(route);
  } catch (thrown) {
    throw thrown instanceof UsageError ? new Refusal('not-found', thrown.message) : thrown;
  }
};

const canaryOf = async (parts: CanaryParts, route: string) =>
  describe(route, await knownRoute(parts, route), await dialOf(parts));

const canariesOf = async (parts: CanaryParts) => {
  const routes = Object.entries(await parts.routes());
  const dial = await dialOf(parts);
  return { canaries: await Promise.all(routes.map(([route, config]) => describe(route, config, dial))) };
};

const describe = async (route: string, config: RouteConfig, dial: ProxyDial) => {
  const { setAtMs = null, ...reading } = await dial.read(route);
  const { methods, path, candidate, safe, shadow } = config;
  const shadowPercent = shadow?.percent ?? null;
  return { route, ...reading, setAtMs, methods, path, candidate: candidate.url, safe, shadowPercent };
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

const previewOf = async (parts: CanaryParts, route: string, asked: z.output<typeof previewSchema>) => {
  const { salt = route } = await knownRoute(parts, route);
  const { toPercent, credentials } = asked;
  const { weightPercent: fromPercent } = await (await dialOf(parts)).read(route);
  const given = new Map(asked.keys.map((key) => [keyOf(key, credentials), key]));
  const preview = previewWeight({ salt, fromPercent, toPercent, keys: given.keys() });
  const asGiven = (keys: readonly string[]) => keys.map((key) => given.get(key) ?? key);
  const [toCandidate, toControl] = [asGiven(preview.toCandidate), asGiven(preview.toControl)];
  return { route, fromPercent, toPercent, ...preview, toCandidate, toControl };
};
