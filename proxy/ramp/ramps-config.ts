import { z } from 'zod';
import { UsageError } from '../../services/core/index.ts';
import { rampHookSchema } from './ramp-hook.ts';
import { type RampPlan, rampPlanSchema } from './ramp-plan.ts';

const NAME = /^[a-z][a-z0-9-]*$/;

/** How ramps are carried out, and plans that routes share. */
export const rampsConfigSchema = z.strictObject({
  /** Optional: defaults to true. Whether `banyan proxy` carries ramps out; of all that do, one acts. */
  enabled: z.boolean().default(true),
  /** Optional: nobody is told. */
  hook: rampHookSchema.optional(),
  /** Optional. Plans by name, for routes to name. */
  plans: z.record(z.string().regex(NAME, 'kebab-case'), rampPlanSchema).default({}),
});

/** A route's plan: one of its own, or the name of one of `ramps.plans`. */
export const routeRampSchema = z.union([z.string(), rampPlanSchema], {
  error:
    'is the name of a plan in ramps.plans, or a plan: { steps: [{ weightPercent: 1, bakeMs: 600_000 }, …] }',
});

/** What of a configuration says which plans its routes have. */
export interface Planned {
  readonly ramps: { readonly plans: { readonly [name: string]: RampPlan } };
  readonly routes: { readonly [route: string]: { readonly ramp?: string | RampPlan | undefined } };
}

/** Routes that name a plan which there is not, and where that stands. */
export const rampProblems = ({ ramps, routes }: Planned): { path: string[]; message: string }[] =>
  Object.entries(routes).flatMap(([route, { ramp }]) =>
    typeof ramp === 'string' && !Object.hasOwn(ramps.plans, ramp)
      ? [{ path: ['routes', route, 'ramp'], message: `there is no plan "${ramp}" in ramps.plans` }]
      : [],
  );

/**
 * The plan of a route, or the one of that name.
 * @throws UsageError when there is none.
 */
export const planOf = (
  { ramps, routes }: Planned,
  route: string,
  name?: string,
): { plan: RampPlan; planName: string | null } => {
  const ramp = name ?? routes[route]?.ramp;
  if (ramp === undefined)
    throw new UsageError(
      `${route} has no ramp plan: give the route \`ramp: { steps: [{ weightPercent: 1, bakeMs: 600_000 }, …] }\`, or name a plan of ramps.plans with --plan`,
    );
  if (typeof ramp !== 'string') return { plan: ramp, planName: null };
  const plan = Object.hasOwn(ramps.plans, ramp) ? ramps.plans[ramp] : undefined;
  if (plan) return { plan, planName: ramp };
  const known = Object.keys(ramps.plans);
  throw new UsageError(
    `there is no plan "${ramp}" in ramps.plans: ${known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`}`,
  );
};
