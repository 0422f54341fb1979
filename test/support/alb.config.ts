import { defineConfig } from '../../migrations/cli/config.ts';

/** A load balancer's rule that the environment names, and no proxy. */
export default defineConfig((env) => ({
  controlTable: env.BANYAN_CONTROL_TABLE ?? '',
  admin: { tokens: env.BANYAN_ADMIN_TOKENS },
  alb: {
    ramps: {
      ...(env.HOOK_URL === undefined ? {} : { hook: { url: env.HOOK_URL, secret: env.HOOK_SECRET ?? '' } }),
      plans: {
        quick: {
          steps: [
            { weightPercent: 10, bakeMs: 60_000 },
            { weightPercent: 50, bakeMs: 60_000 },
            { weightPercent: 100, bakeMs: 3_600_000 },
          ],
        },
      },
    },
    routes: {
      web: {
        rule: env.LISTENER_RULE ?? '',
        control: env.CONTROL_TARGETS ?? '',
        candidate: env.CANDIDATE_TARGETS ?? '',
        ramp: 'quick',
      },
    },
  },
}));
