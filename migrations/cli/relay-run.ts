import { MongoLease, MongoOutboxFeed, prepareOutbox, Relay } from '../../services/outbox/index.ts';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { runPublishing } from './run-publishing.ts';

/** `relay`: publishes until it is interrupted, and then ends in good order. */
export const runRelay = async (
  context: CommandContext,
  { metricsPort }: { metricsPort: number },
): Promise<ExitCode> => {
  const { clock } = context;
  const { streams } = await context.config();
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
