import { type Operation, operation } from '../../services/admin/operation.ts';
import { Refusal } from '../../services/admin/refusal.ts';
import { keyOf } from '../routing/sticky-key.ts';
import {
  CANARY_ROOT,
  type CanaryParts,
  conflict,
  limit,
  ofRoute,
  pinBoardOf,
  requireProxyRoute,
  routeIn,
} from './canary-parts.ts';
import { canarySchema } from './canary-schemas.ts';
import { canaryOf } from './canary-state.ts';
import { pinChangesSchema, pinSchema, unpinSchema } from './pin-schemas.ts';

/** Putting single users on a side. */
export const canaryPins = (parts: CanaryParts): Operation[] => [
  operation({
    ...ofRoute,
    id: 'getPinHistory',
    method: 'get',
    path: `${CANARY_ROOT}/{route}/pins/history`,
    role: 'viewer',
    summary: 'Who was pinned where, by whom, and why; the newest first.',
    query: ofRoute.query.extend({ limit }),
    refuses: ['not-found'],
    answer: pinChangesSchema,
    handle: async (request) => {
      const at = routeIn(request);
      await requireProxyRoute(parts, at, 'pins');
      return { changes: await (await pinBoardOf(parts)).history(at.route, request.query.limit) };
    },
  }),
  operation({
    ...ofRoute,
    id: 'pinUser',
    method: 'post',
    path: `${CANARY_ROOT}/{route}/pin`,
    role: 'operator',
    summary:
      'Puts one user on a side, in place of a pin that he had. Every proxy follows within two seconds.',
    body: pinSchema,
    refuses: ['not-found', 'conflict'],
    answer: canarySchema,
    handle: async ({ body, person: { name: by }, ...request }) => {
      const at = routeIn(request);
      await requireProxyRoute(parts, at, 'pins');
      const { key, credentials, side, forMs, why } = body;
      const until = forMs === undefined ? {} : { untilMs: parts.clock.nowMs() + forMs };
      const board = await pinBoardOf(parts);
      // There may be too many already.
      const pin = { route: at.route, key: keyOf(key, credentials), side, ...until, by, why };
      await board.pin(pin).catch(conflict);
      return canaryOf(parts, at);
    },
  }),
  operation({
    ...ofRoute,
    id: 'unpinUser',
    method: 'post',
    path: `${CANARY_ROOT}/{route}/unpin`,
    role: 'operator',
    summary: 'Leaves one user to the weight again.',
    body: unpinSchema,
    refuses: ['not-found'],
    answer: canarySchema,
    handle: async ({ body: { key, credentials, why }, person: { name: by }, ...request }) => {
      const at = routeIn(request);
      const { route } = at;
      await requireProxyRoute(parts, at, 'pins');
      const board = await pinBoardOf(parts);
      const had = await board.unpin({ route, key: keyOf(key, credentials), by, why });
      if (!had) throw new Refusal('not-found', `that key is not pinned on ${route}`);
      return canaryOf(parts, at);
    },
  }),
];
