import { liveView, type Operation, operation } from '../../services/admin/operation.ts';
import { readForAll, watch } from '../../services/admin/watch.ts';
import {
  CANARY_ROOT,
  CANARY_TAG,
  type CanaryParts,
  dialOf,
  limit,
  ofRoute,
  requireDial,
  routeIn,
} from './canary-parts.ts';
import { canariesSchema, canarySchema, changesSchema } from './canary-schemas.ts';
import { canariesOf, canaryOf } from './canary-state.ts';
import { cohort } from './request-fields.ts';

const LOOK_EVERY_MS = 1_000;

/** What is set, by whom, and what was. */
export const canaryViews = (parts: CanaryParts): Operation[] => {
  const { clock } = parts;
  const readAll = readForAll(() => canariesOf(parts), { clock, forMs: LOOK_EVERY_MS / 2 });
  return [
    operation({
      id: 'listCanaries',
      method: 'get',
      path: CANARY_ROOT,
      role: 'viewer',
      tag: CANARY_TAG,
      summary:
        'Every route of the proxies, and every rule of the load balancer, with its weight and who set it.',
      answer: canariesSchema,
      handle: () => canariesOf(parts),
    }),
    operation({
      ...ofRoute,
      id: 'getCanary',
      method: 'get',
      path: `${CANARY_ROOT}/{route}`,
      role: 'viewer',
      summary: 'A route, with its weight and who set it.',
      refuses: ['not-found'],
      answer: canarySchema,
      handle: (request) => canaryOf(parts, routeIn(request)),
    }),
    operation({
      ...ofRoute,
      id: 'getCanaryHistory',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/history`,
      role: 'viewer',
      summary: 'Who turned the dial, when, from what to what, and why; the newest first.',
      query: ofRoute.query.extend({ limit, cohort }),
      refuses: ['not-found'],
      answer: changesSchema,
      handle: async (request) => {
        const { query } = request;
        const name = await requireDial(parts, routeIn(request), query.cohort);
        return { changes: await (await dialOf(parts, query.dial)).history(name, query.limit) };
      },
    }),
    liveView({
      id: 'watchCanaries',
      path: '/api/v1/events/canary',
      role: 'viewer',
      tag: CANARY_TAG,
      summary: 'The same as the list, whenever it changes; looked at each second.',
      events: { canaries: canariesSchema },
      stream: async function* ({ signal }) {
        for await (const data of watch({ read: () => readAll('all'), everyMs: LOOK_EVERY_MS, clock, signal }))
          yield { event: 'canaries' as const, data };
      },
    }),
  ];
};
