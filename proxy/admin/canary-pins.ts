import { z } from 'zod';
import { type Operation, operation } from '../../services/admin/operation.ts';
import { Refusal } from '../../services/admin/refusal.ts';
import { keyOf } from '../routing/sticky-key.ts';
import {
  CANARY_ROOT,
  type CanaryParts,
  canaryOf,
  conflict,
  knownRoute,
  limit,
  ofRoute,
  pinBoardOf,
} from './canary-parts.ts';
import { canarySchema } from './canary-schemas.ts';
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
    query: z.object({ limit }),
    refuses: ['not-found'],
    answer: pinChangesSchema,
    handle: async ({ params: { route }, query }) => {
      await knownRoute(parts, route);
      return { changes: await (await pinBoardOf(parts)).history(route, query.limit) };
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
    handle: async ({ params: { route }, body, person: { name: by } }) => {
      await knownRoute(parts, route);
      const { key, credentials, side, forMs, why } = body;
      const until = forMs === undefined ? {} : { untilMs: parts.clock.nowMs() + forMs };
      const board = await pinBoardOf(parts);
      // There may be too many already.
      await board.pin({ route, key: keyOf(key, credentials), side, ...until, by, why }).catch(conflict);
      return canaryOf(parts, route);
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
    handle: async ({ params: { route }, body: { key, credentials, why }, person: { name: by } }) => {
      await knownRoute(parts, route);
      const board = await pinBoardOf(parts);
      const had = await board.unpin({ route, key: keyOf(key, credentials), by, why });
      if (!had) throw new Refusal('not-found', `that key is not pinned on ${route}`);
      return canaryOf(parts, route);
    },
  }),
];
