import { type Clock, UsageError } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { changeRun } from './change-run.ts';
import type { BackfillRun } from './checkpoint-store.ts';
import { ControlCheckpointStore } from './checkpoints/control-checkpoint-store.ts';
import { type Order, ordered } from './orders.ts';

/** One line of a backfill's history; when, the log itself says. */
export type OrderGiven = Order & { readonly run: string; readonly by: string };

/** The log of a plan's orders in the control store. */
export const orderLogOf = (plan: string): string => `backfill/${plan}/orders`;

export interface GiveOrderParts {
  readonly control: ControlStore;
  readonly clock: Clock;
  readonly plan: string;
  /** Required. Who gives it, for the history. */
  readonly by: string;
}

/**
 * Orders something of a plan's run; whoever works on it obeys within two seconds. The history says who and when.
 * @throws UsageError `no-run` or `run-ended`, when there is nobody to obey.
 */
export const giveOrder = async (parts: GiveOrderParts, order: Order): Promise<BackfillRun> => {
  const { control, clock, plan, by } = parts;
  let refused: BackfillRun | undefined;
  const run = await changeRun(new ControlCheckpointStore({ control }), plan, (current) => {
    const changed = ordered(current, order, { by, atMs: clock.nowMs() });
    refused = changed ? undefined : current;
    return changed;
  });
  if (!run)
    throw new UsageError(`there is no backfill of ${plan}: begin one with \`banyan backfill run ${plan}\``, {
      code: 'no-run',
    });
  if (refused) {
    throw new UsageError(`the backfill of ${plan} is over: it was ${refused.ended?.as}`, {
      code: 'run-ended',
    });
  }
  await control.append<OrderGiven>(orderLogOf(plan), { run: run.id, by, ...order });
  return run;
};
