import { describe, expect, it } from '@jest/globals';
import { planOf } from '../../../../proxy/ramp/ramps-config.ts';
import { proxyConfigSchema } from '../../../../proxy/routing/proxy-config.ts';

const STEPS = [{ weightPercent: 1, bakeMs: 60_000 }];
const configOf = (ramp: unknown, ramps: unknown = { plans: { careful: { steps: STEPS } } }) =>
  proxyConfigSchema.safeParse({
    control: { url: 'http://control' },
    ramps,
    routes: { profiles: { path: '/profiles/:id', candidate: { url: 'http://candidate' }, ramp } },
  });

describe('ramp plans in the configuration', () => {
  it.each([
    ['careful', 'careful'],
    [{ steps: STEPS }, null],
  ])('may be named, or a route’s own: %j', (ramp, planName) => {
    const config = configOf(ramp);
    if (!config.success) throw config.error;
    expect(planOf(config.data, 'profiles')).toMatchObject({
      planName,
      plan: { steps: [{ weightPercent: 1 }] },
    });
  });

  it.each([
    ['hasty', undefined, 'routes.profiles.ramp: there is no plan "hasty" in ramps.plans'],
    [{ steps: [] }, undefined, 'routes.profiles.ramp.steps: has at least one step'],
    [7, undefined, 'routes.profiles.ramp: is the name of a plan in ramps.plans, or a plan'],
    [
      'careful',
      { plans: { careful: { steps: [{ weightPercent: 101, bakeMs: 1 }] } } },
      'ramps.plans.careful.steps.0.weightPercent: is 0 to 100 in steps of 0.01',
    ],
    [
      undefined,
      { hook: { url: 'https://hook.example', secret: 'short' } },
      'ramps.hook.secret: is a secret of 16 characters or more, from the environment',
    ],
  ])('are refused with path and sentence: %j', (ramp, ramps, problem) => {
    const { error } = configOf(ramp, ramps);
    expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')).toContain(
      problem,
    );
  });

  it('says what to do where a route has none, or another is named', () => {
    const config = configOf(undefined);
    if (!config.success) throw config.error;
    expect(() => planOf(config.data, 'profiles')).toThrow('profiles has no ramp plan: give the route');
    expect(() => planOf(config.data, 'profiles', 'hasty')).toThrow('ramps.plans: it has careful');
    expect(planOf(config.data, 'profiles', 'careful').planName).toBe('careful');
  });
});
