import { UsageError } from '../../services/core/index.ts';
import type { OpenSink } from '../moves/plan.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { planOf } from './open-plan.ts';
import { openSinkOf } from './open-sink.ts';

const DAY_MS = 24 * 3_600_000;

/** @throws UsageError when readers find the plan's sink by its own name. */
export const publishSink = (context: CommandContext, plan: string): Promise<ExitCode> =>
  withSink(context, plan, async (sink) => {
    if (!sink.publish)
      throw new UsageError(`readers find the sink of ${plan} by its own name: nothing to publish`);
    await sink.publish();
    context.output.result({ event: 'result', plan }, `readers see the sink of ${plan}`);
  });

/** @throws UsageError when the tombstones of the plan's sink leave by themselves. */
export const purgeSink = (context: CommandContext, plan: string, olderThanDays: number): Promise<ExitCode> =>
  withSink(context, plan, async (sink) => {
    if (!sink.purgeTombstones) {
      throw new UsageError(
        `the sink of ${plan} has no tombstones, or they leave by themselves: nothing to purge`,
      );
    }
    const purged = await sink.purgeTombstones(olderThanDays * DAY_MS);
    const text = `${purged} tombstones older than ${olderThanDays} days were removed from the sink of ${plan}`;
    context.output.result({ event: 'result', plan, olderThanDays, purged }, text);
  });

const withSink = async (
  context: CommandContext,
  name: string,
  body: (sink: OpenSink) => Promise<void>,
): Promise<ExitCode> => {
  const sink = await openSinkOf(planOf(await context.config(), name), name, { onBusy: () => {} });
  try {
    await body(sink);
    return EXIT_CODES.ok;
  } finally {
    await sink.close();
  }
};
