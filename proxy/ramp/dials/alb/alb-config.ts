import { z } from 'zod';
import type { RampPlan } from '../../ramp-plan.ts';
import { rampProblems, rampsConfigSchema, routeRampSchema } from '../../ramps-config.ts';
import { albPlanProblems } from './alb-plan-problems.ts';

const arnOf = (what: string, resource: RegExp) =>
  z
    .string()
    .regex(
      new RegExp(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}:${resource.source}$`),
      `is the ARN of ${what}`,
    );

const targetGroup = arnOf('a target group', /targetgroup\/[^/]+\/[0-9a-f]+/);

const albRouteSchema = z
  .strictObject({
    /** Required. A listener rule whose forward action names both target groups. */
    rule: arnOf('a listener rule', /listener-rule\/app\/[^/]+\/[0-9a-f]+\/[0-9a-f]+\/[0-9a-f]+/),
    /** Required. The target group of the monolith. */
    control: targetGroup,
    /** Required. The target group of the new service. */
    candidate: targetGroup,
    /** Optional: defaults to no stickiness. For how long a user's cookie keeps the side that was drawn. */
    stickySeconds: z.int().min(1).max(604_800).optional(),
    /** Optional: `banyan canary ramp start` needs `--plan`. A ramp plan, or the name of one in `alb.ramps.plans`. */
    ramp: routeRampSchema.optional(),
  })
  .refine(({ control, candidate }) => control !== candidate, {
    path: ['candidate'],
    message: 'is another target group than the control',
  });

const albSchema = z.strictObject({
  /** Ramps, which `banyan canary ramp run --dial alb` carries out: whom it tells, and plans that routes share. */
  ramps: rampsConfigSchema.omit({ enabled: true }).prefault({}),
  routes: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'kebab-case'), albRouteSchema),
});

/** Routes that an Application Load Balancer shares out, by its rules. */
export const albConfigSchema = albSchema.superRefine((config, context) => {
  for (const problem of [...rampProblems(config), ...planProblems(config)])
    context.addIssue({ code: 'custom', ...problem });
});

export type AlbConfig = z.infer<typeof albSchema>;
export type AlbRoute = AlbConfig['routes'][string];

/** How CloudWatch names a rule's load balancer: `app/NAME/ID`. */
export const loadBalancerOf = ({ rule }: AlbRoute): string => rule.split('/').slice(1, 4).join('/');

/** How CloudWatch names a target group: `targetgroup/NAME/ID`. */
export const targetGroupOf = (arn: string): string => arn.slice(arn.indexOf('targetgroup/'));

const planProblems = ({ ramps, routes }: AlbConfig): { path: (string | number)[]; message: string }[] => {
  const under = (place: readonly string[], plan: RampPlan) =>
    albPlanProblems(plan).map(({ path, message }) => ({ path: [...place, ...path], message }));
  return [
    ...Object.entries(ramps.plans).flatMap(([name, plan]) => under(['ramps', 'plans', name], plan)),
    ...Object.entries(routes).flatMap(([route, { ramp }]) =>
      ramp === undefined || typeof ramp === 'string' ? [] : under(['routes', route, 'ramp'], ramp),
    ),
  ];
};
