import { UsageError } from '../../services/core/index.ts';
import { MongoLease, MongoOutboxFeed, prepareOutbox, Relay } from '../../services/outbox/index.ts';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { runPublishing } from './run-publishing.ts';
import { streamProblem } from './stream-problem.ts';

/** `relay`: publishes until it is interrupted, and then ends in good order. */
export const runRelay = async (
  context: CommandContext,
  { metricsPort }: { metricsPort: number },
): Promise<ExitCode> => {
  const { clock } = context;
  const config = await context.config();
  const { streams } = config;
  // Rows without a stream would wait, and in the end all others behind them.
  const problem = streamProblem(config);
  if (problem) throw new UsageError(problem);
  const { db } = await context.mongo();
  return runPublishing(context, {
    name: 'relay',
    streams,
    metricsPort,
    open: async (parts) => {
      await prepareOutbox(db);
      const feed = new MongoOutboxFeed({ db, clock });
      const lease = new MongoLease({ db, ttlMs: parts.settings.leaseTtlMs });
      return new Relay({ ...parts, feed, lease });
    },
  });
};
