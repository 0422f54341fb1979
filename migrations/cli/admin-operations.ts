import { canaryOperations } from '../../proxy/admin/canary-operations.ts';
import type { Operation } from '../../services/admin/operation.ts';
import { backfillOperations } from '../admin/backfill-operations.ts';
import { dialNameOf, routeOf } from './canary-dial.ts';
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
    }),
  ];
};
