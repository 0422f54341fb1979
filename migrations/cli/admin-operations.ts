import { canaryOperations } from '../../proxy/admin/canary-operations.ts';
import type { AlbParts } from '../../proxy/admin/canary-parts.ts';
import type { Operation } from '../../services/admin/operation.ts';
import { once } from '../../services/core/once.ts';
import { backfillOperations } from '../admin/backfill-operations.ts';
import { albDialOf, dialNameOf, routeOf, ruleOf } from './canary-dial.ts';
import { readingsOf } from './canary-readings.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { planOf } from './open-plan.ts';

/** What the admin server can do, all of it by the functions that the other commands use. */
export const adminOperations = (context: CommandContext): Operation[] => {
  const { clock } = context;
  const control = () => context.controlStore();
  return [
    ...backfillOperations({
      control,
      clock,
      plans: async () => Object.keys((await context.config()).plans),
      requirePlan: async (name) => void planOf(await context.config(), name),
    }),
    ...canaryOperations({
      control,
      clock,
      routes: async () => (await context.config()).proxy?.routes ?? {},
      requireRoute: (name) => routeOf(context, name),
      cohortDial: (route, cohort) => dialNameOf(context, { route, cohort }),
      ramps: async () => partOf(await context.config(), 'proxy'),
      proxies: async () => {
        const config = await context.config();
        const { host, port } = partOf(config, 'proxy').admin;
        return config.admin.proxies ?? [`http://${host}:${port}`];
      },
      alb: albParts(context),
    }),
  ];
};

const albParts = (context: CommandContext): AlbParts => {
  const dial = once(() => albDialOf(context));
  return {
    routes: async () => (await context.config()).alb?.routes ?? {},
    requireRoute: (name) => ruleOf(context, name),
    ramps: async () => partOf(await context.config(), 'alb'),
    dial,
    readings: once(async () => readingsOf(context, 'alb', await dial())),
  };
};
