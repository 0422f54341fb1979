import { messageOf } from '../../../../services/core/index.ts';
import type { RampPlan } from '../../ramp-plan.ts';
import { targetWeightsOf } from './target-weights.ts';

/** What in a plan a load balancer cannot carry out, and where that stands. */
export const albPlanProblems = ({
  steps,
  guards,
}: RampPlan): { path: (string | number)[]; message: string }[] => [
  ...steps.flatMap(({ weightPercent }, at) => {
    const message = whyNot(weightPercent);
    return message === undefined ? [] : [{ path: ['steps', at, 'weightPercent'], message }];
  }),
  ...(guards.maxMismatchPercent === undefined
    ? []
    : [
        {
          path: ['guards', 'maxMismatchPercent'],
          message: 'a load balancer sends no copies, so that no answers are compared: leave it out',
        },
      ]),
];

const whyNot = (weightPercent: number): string | undefined => {
  try {
    targetWeightsOf(weightPercent);
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
};
