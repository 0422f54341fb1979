import type { z } from 'zod';
import { type Operation, operation } from '../../services/admin/operation.ts';
import { previewRoute } from '../routing/preview-route.ts';
import {
  CANARY_ROOT,
  type CanaryParts,
  canaryOf,
  dialOf,
  knownDial,
  knownRoute,
  ofRoute,
  pinBoardOf,
} from './canary-parts.ts';
import {
  canarySchema,
  previewAnswerSchema,
  previewSchema,
  rollbackSchema,
  setWeightSchema,
} from './canary-schemas.ts';

/** Turning a route's dial, or a cohort's, and seeing beforehand whom that moves. */
export const canaryChanges = (parts: CanaryParts): Operation[] => [
  operation({
    ...ofRoute,
    id: 'previewCanary',
    method: 'post',
    path: `${CANARY_ROOT}/{route}/preview`,
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
    path: `${CANARY_ROOT}/{route}/weight`,
    role: 'operator',
    summary:
      'Gives the candidate a share of the traffic, unless somebody else has turned the dial meanwhile.',
    description: 'Every proxy follows within two seconds.',
    body: setWeightSchema,
    refuses: ['not-found', 'revision-conflict'],
    answer: canarySchema,
    handle: async ({ params: { route }, body: { cohort, ...change }, person: { name: by } }) => {
      const name = await knownDial(parts, route, cohort);
      await (await dialOf(parts)).set(name, { ...change, by });
      return canaryOf(parts, route);
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
    handle: async ({ params: { route }, body: { why }, person: { name: by } }) => {
      await knownRoute(parts, route);
      await (await dialOf(parts)).set(route, { weightPercent: 0, by, why, expectedRevision: 'any' });
      return canaryOf(parts, route);
    },
  }),
];

const previewOf = async (parts: CanaryParts, route: string, asked: z.output<typeof previewSchema>) => {
  const { cohort, ...given } = asked;
  const config = await knownRoute(parts, route);
  const name = await knownDial(parts, route, cohort);
  const [dial, board] = [await dialOf(parts), await pinBoardOf(parts)];
  return { route, ...(await previewRoute({ route, config, dial, pins: board, name, ...given })) };
};
