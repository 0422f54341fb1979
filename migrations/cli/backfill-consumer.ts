import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { UsageError } from '../../services/core/index.ts';
import { putProbe, retentionMs } from '../../services/outbox/stream-probe.ts';
import { CloudFormationConsumer } from '../backfill/cloudformation-consumer.ts';
import type { ConsumerSwitch } from '../backfill/start-consumer.ts';
import type { ConsumerStack, Plan } from '../moves/plan.ts';
import type { CommandContext } from './context.ts';
import { nearest } from './nearest.ts';

/** The consumer that a plan names, as CloudFormation holds it. */
export const consumerOf = (context: CommandContext, consumer: ConsumerStack): ConsumerSwitch => {
  const client = new CloudFormationClient({});
  context.onClose(async () => client.destroy());
  return new CloudFormationConsumer({ client, consumer, signal: context.interrupted });
};

/** The arrival time of a probe on the plan's stream: whatever is put on it from now on comes at that time or later. */
export const probePlanStream = async (context: CommandContext, plan: Plan): Promise<number> =>
  putProbe({ ...(await streamOf(context, plan)), clock: context.clock });

/** How long the plan's stream keeps records. */
export const planRetentionMs = async (context: CommandContext, plan: Plan): Promise<number> =>
  retentionMs(await streamOf(context, plan));

const streamOf = async (context: CommandContext, plan: Plan) => {
  const { streams } = await context.config();
  const logical = plan.entity.stream;
  const stream = streams[logical];
  if (!stream)
    throw new UsageError(`there is no stream ${logical}: ${nearest(logical, Object.keys(streams))}`);
  const client = new KinesisClient({ requestHandler: new NodeHttpHandler() });
  context.onClose(async () => client.destroy());
  return { client, stream };
};
