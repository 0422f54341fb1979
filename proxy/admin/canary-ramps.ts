import { z } from 'zod';
import { type Operation, operation } from '../../services/admin/operation.ts';
import type { RampPlan } from '../ramp/ramp-plan.ts';
import { planOf } from '../ramp/ramps-config.ts';
import { unwatchedForMs } from '../ramp/unwatched.ts';
import {
  CANARY_ROOT,
  type CanaryParts,
  conflict,
  dialOf,
  knownRoute,
  limit,
  notFound,
  ofRoute,
  rampsOf,
} from './canary-parts.ts';
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
      handle: async ({ params: { route }, body: { why }, person: { name: by } }) => {
        await knownRoute(parts, route);
        await (await rampsOf(parts)).order(route, { action, by, why }).catch(conflict);
        return rampOf(parts, route);
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
      handle: ({ params }) => rampOf(parts, params.route),
    }),
    operation({
      ...ofRoute,
      id: 'getRampHistory',
      method: 'get',
      path: `${CANARY_ROOT}/{route}/ramp/history`,
      role: 'viewer',
      summary: 'What happened to the ramps of a route, by whom, why, and by what evidence; the newest first.',
      query: z.object({ limit }),
      refuses: ['not-found'],
      answer: rampEventsSchema,
      handle: async ({ params: { route }, query }) => {
        await knownRoute(parts, route);
        return { events: await (await rampsOf(parts)).history(route, query.limit) };
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
      handle: async ({ params: { route }, body, person: { name: by } }) => {
        await knownRoute(parts, route);
        const planned = await parts
          .ramps()
          .then((config) => planOf(config, route, body.plan))
          .catch(notFound);
        await (await rampsOf(parts)).start(route, { ...planned, by, why: body.why }).catch(conflict);
        return rampOf(parts, route);
      },
    }),
    order('pause', 'Keeps a ramp where it is; its guards go on watching, and turn it back if they must.'),
    order('resume', 'Lets a ramp that is paused, or waits for a person, go on.'),
    order('abort', 'Ends a ramp; the dial stays where it is, and nobody watches it.'),
  ];
};

/** A route's ramp as it is now. */
export const rampOf = async (parts: CanaryParts, route: string) => {
  await knownRoute(parts, route);
  const [ramps, dial, config] = [await rampsOf(parts), await dialOf(parts), await parts.ramps()];
  const [ramp = null, { weightPercent }] = await Promise.all([ramps.read(route), dial.read(route)]);
  const unwatchedMs = (ramp && unwatchedForMs(ramp, parts.clock.nowMs())) ?? null;
  const own = config.routes[route]?.ramp;
  const plans: { name: string | null; plan: RampPlan }[] = [
    ...(own === undefined ? [] : [{ name: null, plan: planOf(config, route).plan }]),
    ...Object.entries(config.ramps.plans).map(([name, plan]) => ({ name, plan })),
  ];
  return { route, weightPercent, unwatchedMs, ramp, plans };
};
