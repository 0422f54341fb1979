import type { Operation } from '../../services/admin/operation.ts';
import { backfillOperations } from '../admin/backfill-operations.ts';
import type { CommandContext } from './context.ts';
import { planOf } from './open-plan.ts';

/** What the admin server can do, all of it by the functions that the other commands use. */
export const adminOperations = (context: CommandContext): Operation[] => {
  const { clock } = context;
  const control = () => context.controlStore();
  return backfillOperations({
    control,
    clock,
    plans: async () => Object.keys((await context.config()).plans),
    requirePlan: async (name) => void planOf(await context.config(), name),
  });
};
