import { describe, expect, it } from '@jest/globals';
import { albConfigSchema } from '../../../../proxy/ramp/dials/alb/alb-config.ts';
import { planOf } from '../../../../proxy/ramp/ramps-config.ts';

const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
const ROUTE = {
  rule: arn('listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee'),
  control: arn('targetgroup/monolith/73e2d6bc24d8a067'),
  candidate: arn('targetgroup/profiles/943f017f100becff'),
};
const stepsTo = (...percents: number[]) => ({
  steps: percents.map((weightPercent) => ({ weightPercent, bakeMs: 60_000 })),
});
const configOf = (ramp: unknown, ramps: unknown = {}) =>
  albConfigSchema.safeParse({ ramps, routes: { web: { ...ROUTE, ramp } } });

describe('the routes of a load balancer in the configuration', () => {
  it('have plans of their own, without a proxy', () => {
    const named = configOf('careful', { plans: { careful: stepsTo(1, 10) } });
    expect(named.data && planOf(named.data, 'web')).toMatchObject({ planName: 'careful' });
    const own = configOf(stepsTo(5));
    expect(own.data && planOf(own.data, 'web').plan.steps).toMatchObject([{ weightPercent: 5 }]);
  });

  it.each([
    ['hasty', {}, 'routes.web.ramp: there is no plan "hasty" in ramps.plans'],
    [
      stepsTo(0.01),
      {},
      'routes.web.ramp.steps.0.weightPercent: a load balancer cannot give the candidate 0.01 %',
    ],
    [
      undefined,
      { plans: { fine: stepsTo(5, 99.99) } },
      'ramps.plans.fine.steps.1.weightPercent: a load balancer',
    ],
    [
      { ...stepsTo(5), guards: { maxMismatchPercent: 1 } },
      {},
      'routes.web.ramp.guards.maxMismatchPercent: a load balancer sends no copies',
    ],
  ])('are refused what a load balancer cannot do: %j, %j', (ramp, ramps, problem) => {
    const { error } = configOf(ramp, ramps);
    expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')).toContain(
      problem,
    );
  });
});
