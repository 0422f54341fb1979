import { pause } from '../../services/core/index.ts';
import type { CheckpointStore } from '../backfill/checkpoint-store.ts';
import { giveOrder, type OrderGiven, orderLogOf } from '../backfill/give-order.ts';
import type { Order } from '../backfill/orders.ts';
import { loadView, workersOf } from '../backfill/run-view.ts';
import { rateText } from '../backfill/throttle/rate.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { planOf } from './open-plan.ts';
import { operator } from './operator.ts';

/** A living worker saves every second. */
const ALIVE_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 250;
const SHOWN = 50;

/** `backfill pause|throttle|concurrency|cancel`: orders something of whoever works on the plan's run. */
export const order = async (context: CommandContext, plan: string, what: Order): Promise<ExitCode> => {
  planOf(await context.config(), plan);
  const run = await give(context, plan, what);
  context.output.result(
    { event: 'result', plan, run, by: operator(), ...what },
    `${plan}: ${describeOrder(what)}; who works on it obeys within two seconds`,
  );
  return EXIT_CODES.ok;
};

/** Lifts a pause; answers whether somebody is alive to go on, so that nobody else has to. */
export const liftPause = async (
  context: CommandContext,
  checkpoints: CheckpointStore,
  plan: string,
): Promise<boolean> => {
  const { output } = context;
  if (!(await checkpoints.load(plan))?.value.orders.paused) return false;
  const run = await give(context, plan, { action: 'resume' });
  const worker = await livingWorker(context, checkpoints, plan);
  if (!worker) return false;
  output.result(
    { event: 'result', plan, run, by: operator(), action: 'resume' },
    `${plan}: resumed; ${worker} goes on`,
  );
  return true;
};

/** `backfill history`: what was ordered, by whom and when. */
export const showHistory = async (context: CommandContext, plan: string): Promise<ExitCode> => {
  planOf(await context.config(), plan);
  const control = await context.controlStore();
  const entries = await control.history<OrderGiven>(orderLogOf(plan), SHOWN);
  for (const { atMs, entry } of entries) {
    const at = new Date(atMs).toISOString();
    context.output.result({ at, ...entry }, `${at}  ${entry.by}  ${describeOrder(entry)}`);
  }
  if (entries.length === 0) context.output.line(`nothing was ordered of the backfill of ${plan}`);
  return EXIT_CODES.ok;
};

const give = async (context: CommandContext, plan: string, what: Order): Promise<string> => {
  const control = await context.controlStore();
  return (await giveOrder({ control, clock: context.clock, plan, by: operator() }, what)).id;
};

/** The first worker that saves while it is watched. */
const livingWorker = async (
  { clock, interrupted }: CommandContext,
  checkpoints: CheckpointStore,
  plan: string,
): Promise<string | undefined> => {
  const savesOf = async () => {
    const view = await loadView(checkpoints, plan);
    return new Map(view && workersOf(view).map(({ name, savedAtMs }) => [name, savedAtMs]));
  };
  const before = await savesOf();
  const untilMs = clock.nowMs() + ALIVE_WITHIN_MS;
  while (before.size > 0 && clock.nowMs() < untilMs && !interrupted.aborted) {
    await pause(clock, LOOK_EVERY_MS, interrupted);
    for (const [name, savedAtMs] of await savesOf()) if (before.get(name) !== savedAtMs) return name;
  }
  return undefined;
};

const describeOrder = (what: Order): string => {
  switch (what.action) {
    case 'throttle':
      return what.rate ? `at most ${rateText(what.rate)}` : 'no rate any more';
    case 'concurrency':
      return what.range
        ? `${what.range.floor} to ${what.range.ceiling} batches at once`
        : "the plan's own number of batches at once";
    case 'pause':
      return 'paused';
    case 'resume':
      return 'resumed';
    case 'cancel':
      return 'cancelled';
  }
};
