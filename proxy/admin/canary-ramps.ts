import { type Operation, operation } from '../../services/admin/operation.ts';
import type { RampPlan } from '../ramp/ramp-plan.ts';
import { planOf } from '../ramp/ramps-config.ts';
import { unwatchedForMs } from '../ramp/unwatched.ts';
import {
  CANARY_ROOT,
  type CanaryParts,
  conflict,
  type DialledRoute,
  limit,
  notFound,
  ofRoute,
  plansOf,
  rampsOf,
  requireRoute,
  routeIn,
} from './canary-parts.ts';
import { readDial } from './canary-state.ts';
import { orderRampSchema, rampEventsSchema, rampSchema, startRampSchema } from './ramp-schemas.ts';

/** What operators do with ramps; a controller carries it out. */
export const canaryRamps = (parts: CanaryParts): Operation[] => {
  const order = (action: 'pause' | 'resume' | 'abort', summary: string) =>
    operation({
      ...ofRoute,
      id: `${action}Ramp`,
      method: 'post',
      path: `${CANARY_ROOT}/{route}/ramp/${action}`,
      role: 'operator',
      summary,
      body: orderRampSchema,
      refuses: ['not-found', 'conflict'],
      answer: rampSchema,
      handle: async ({ body: { why }, person: { name: by }, ...request }) => {
        const at = routeIn(request);
        await requireRoute(parts, at);
        await (await rampsOf(parts, at.dial)).order(at.route, { action, by, why }).catch(conflict);
        return rampOf(parts, at);
      },
    });
  return [
    operation({
      ...ofRoute,
      id: 'getRamp',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/ramp`,
      role: 'viewer',
      summary: 'What is wanted of the ramp, what happened, and by what evidence; and what may be started.',
      refuses: ['not-found'],
      answer: rampSchema,
      handle: (request) => rampOf(parts, routeIn(request)),
    }),
    operation({
      ...ofRoute,
      id: 'getRampHistory',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/ramp/history`,
      role: 'viewer',
      summary: 'What happened to the ramps of a route, by whom, why, and by what evidence; the newest first.',
      query: ofRoute.query.extend({ limit }),
      refuses: ['not-found'],
      answer: rampEventsSchema,
      handle: async (request) => {
        const { dial, route } = routeIn(request);
        await requireRoute(parts, { dial, route });
        return { events: await (await rampsOf(parts, dial)).history(route, request.query.limit) };
      },
    }),
    operation({
      ...ofRoute,
      id: 'startRamp',
      method: 'post',
      path: `${CANARY_ROOT}/{route}/ramp/start`,
      role: 'operator',
      summary: 'Starts a ramp where the dial is, by the plan of the route or a shared one.',
      body: startRampSchema,
      refuses: ['not-found', 'conflict'],
      answer: rampSchema,
      handle: async ({ body, person: { name: by }, ...request }) => {
        const at = routeIn(request);
        const { dial, route } = at;
        await requireRoute(parts, at);
        const planned = await plansOf(parts, dial)
          .then((config) => planOf(config, route, body.plan))
          .catch(notFound);
        await (await rampsOf(parts, dial)).start(route, { ...planned, by, why: body.why }).catch(conflict);
        return rampOf(parts, at);
      },
    }),
    order('pause', 'Keeps a ramp where it is; its guards go on watching, and turn it back if they must.'),
    order('resume', 'Lets a ramp that is paused, or waits for a person, go on.'),
    order('abort', 'Ends a ramp; the dial stays where it is, and nobody watches it.'),
  ];
};

/** A route's ramp as it is now. */
export const rampOf = async (parts: CanaryParts, at: DialledRoute) => {
  const { dial: kind, route } = at;
  await requireRoute(parts, at);
  const [ramps, config] = [await rampsOf(parts, kind), await plansOf(parts, kind)];
  const [ramp = null, { weightPercent }] = await Promise.all([ramps.read(route), readDial(parts, at)]);
  const unwatchedMs = (ramp && unwatchedForMs(ramp, parts.clock.nowMs())) ?? null;
  const own = config.routes[route]?.ramp;
  const plans: { name: string | null; plan: RampPlan }[] = [
    ...(own === undefined ? [] : [{ name: null, plan: planOf(config, route).plan }]),
    ...Object.entries(config.ramps.plans).map(([name, plan]) => ({ name, plan })),
  ];
  return { dial: kind, route, weightPercent, unwatchedMs, ramp, plans };
};
