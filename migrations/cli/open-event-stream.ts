import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { UsageError } from '../../services/core/index.ts';
import type { EventStream } from '../../services/outbox/index.ts';
import { KinesisEventStream } from '../../services/outbox/kinesis-event-stream.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';
import { withClaims } from './oversize.ts';

/**
 * Kinesis, for some streams of the configuration, with claims where it says so.
 * @throws UsageError when a stream or the claims' bucket does not exist.
 */
export const openEventStream = async (
  context: CommandContext,
  streams: Config['streams'],
): Promise<EventStream> => {
  // Without a time limit, a request that hangs would hold its keys for good.
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
  });
  const client = new KinesisClient({ requestHandler });
  context.onClose(async () => client.destroy());
  for (const [logical, name] of Object.entries(streams)) await assertStream(client, logical, name);
  return withClaims(context, new KinesisEventStream({ client, names: streams }));
};

const assertStream = async (client: KinesisClient, logical: string, name: string): Promise<void> => {
  try {
    await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
  } catch (cause) {
    if (!(cause instanceof ResourceNotFoundException)) throw cause;
    throw new UsageError(
      `streams.${logical} names the Kinesis stream ${name}, which does not exist here: deploy it, or correct the configuration`,
      { cause },
    );
  }
};
