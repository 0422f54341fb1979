import { UsageError } from '../../services/core/index.ts';
import { decideStart } from '../backfill/start-consumer.ts';
import { consumerOf, planRetentionMs } from './backfill-consumer.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { withPlan } from './open-plan.ts';

/** `backfill consume`: starts a plan's stream consumer from the moment from which it misses nothing. */
export const startConsumer = (context: CommandContext, name: string): Promise<ExitCode> =>
  withPlan(context, name, async ({ plan, into, checkpoints }) => {
    if (into !== undefined) {
      throw new UsageError(
        `the consumer that the plan names feeds its present sink: give ${into} one of its own, the same handler told to write there, before its copy begins`,
      );
    }
    const { output, clock } = context;
    const run = (await checkpoints.load(name))?.value;
    if (!plan.consumer) {
      const when =
        run?.replayFromMs === undefined
          ? `${plan.protocol === 'concurrent' ? 'before' : 'after'} the copy`
          : `at ${new Date(run.replayFromMs).toISOString()}`;
      throw new UsageError(
        `${name} names no \`consumer\` that Banyan could start: start your own event source mapping ${when}`,
      );
    }
    const consumer = consumerOf(context, plan.consumer);
    const decision = decideStart({
      plan: name,
      protocol: plan.protocol,
      run,
      startsAtSeconds: await consumer.startsAtSeconds(),
      nowMs: clock.nowMs(),
      retentionMs: await planRetentionMs(context, plan),
    });
    if (decision.action === 'start') {
      output.line(`updating the stack ${plan.consumer.stack}`);
      await consumer.startAt(decision.atSeconds);
    }
    const seconds = decision.action === 'start' ? decision.atSeconds : decision.sinceSeconds;
    const from = new Date(seconds * 1_000).toISOString();
    output.result(
      { event: 'result', plan: name, started: decision.action === 'start', startsAtSeconds: seconds },
      decision.action === 'start'
        ? `the consumer of ${name} reads its stream from ${from} on`
        : `the consumer of ${name} was started before, from ${from} on`,
    );
    return EXIT_CODES.ok;
  });
