import type { z } from 'zod';
import { type Operation, operation } from '../../services/admin/operation.ts';
import { previewRule } from '../ramp/dials/alb/preview-rule.ts';
import { previewRoute } from '../routing/preview-route.ts';
import {
  CANARY_ROOT,
  type CanaryParts,
  type DialledRoute,
  dialOf,
  invalid,
  ofRoute,
  pinBoardOf,
  requireDial,
  requireProxyRoute,
  requireRoute,
  routeIn,
} from './canary-parts.ts';
import {
  canarySchema,
  previewAnswerSchema,
  previewSchema,
  rollbackSchema,
  setWeightSchema,
} from './canary-schemas.ts';
import { canaryOf } from './canary-state.ts';

/** Turning a route's dial, or a cohort's, and seeing beforehand whom that moves. */
export const canaryChanges = (parts: CanaryParts): Operation[] => [
  operation({
    ...ofRoute,
    id: 'previewCanary',
    method: 'post',
    path: `${CANARY_ROOT}/{route}/preview`,
    role: 'viewer',
    summary: 'How much would move at another weight, and which of the given keys. It changes nothing.',
    body: previewSchema,
    maxBodyBytes: 4_194_304,
    refuses: ['not-found'],
    answer: previewAnswerSchema,
    handle: (request) => previewOf(parts, routeIn(request), request.body),
  }),
  operation({
    ...ofRoute,
    id: 'setCanaryWeight',
    method: 'put',
    path: `${CANARY_ROOT}/{route}/weight`,
    role: 'operator',
    summary:
      'Gives the candidate a share of the traffic, unless somebody else has turned the dial meanwhile.',
    description: 'Every proxy follows within two seconds; a load balancer takes some more.',
    body: setWeightSchema,
    refuses: ['not-found', 'revision-conflict'],
    answer: canarySchema,
    handle: async (request) => {
      const { cohort, ...change } = request.body;
      const at = routeIn(request);
      const name = await requireDial(parts, at, cohort);
      const dial = await dialOf(parts, at.dial);
      await dial.set(name, { ...change, by: request.person.name }).catch(invalid);
      return canaryOf(parts, at);
    },
  }),
  operation({
    ...ofRoute,
    id: 'rollbackCanary',
    method: 'post',
    path: `${CANARY_ROOT}/{route}/rollback`,
    role: 'operator',
    summary: 'Sends everything back to the control, whoever else turns the dial at the same moment.',
    body: rollbackSchema,
    refuses: ['not-found'],
    answer: canarySchema,
    handle: async (request) => {
      const at = routeIn(request);
      await requireRoute(parts, at);
      const change = { weightPercent: 0, by: request.person.name, why: request.body.why };
      await (await dialOf(parts, at.dial)).set(at.route, { ...change, expectedRevision: 'any' });
      return canaryOf(parts, at);
    },
  }),
];

const previewOf = async (parts: CanaryParts, at: DialledRoute, asked: z.output<typeof previewSchema>) => {
  const { cohort, ...given } = asked;
  const { route } = at;
  const name = await requireDial(parts, at, cohort);
  const dial = await dialOf(parts, at.dial);
  if (at.dial === 'alb') {
    const preview = await previewRule({ route, dial, ...given }).catch(invalid);
    return { route, ...preview, ...NOBODY };
  }
  const config = await requireProxyRoute(parts, at, 'users');
  const pins = await pinBoardOf(parts);
  return { route, ...(await previewRoute({ route, config, dial, pins, name, ...given })) };
};

/** What a preview says of keys where none are known. */
const NOBODY = { keys: 0, candidateBefore: 0, candidateAfter: 0, held: 0, toCandidate: [], toControl: [] };
