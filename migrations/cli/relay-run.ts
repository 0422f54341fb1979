import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { pino } from 'pino';
import { UsageError } from '../../services/core/index.ts';
import {
  MongoLease,
  MongoOutboxFeed,
  prepareOutbox,
  Relay,
  relaySettings,
} from '../../services/outbox/index.ts';
import { KinesisEventStream } from '../../services/outbox/kinesis-event-stream.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { startRelayAdmin } from './relay-admin.ts';
import { logRelay } from './relay-log.ts';
import { RelayMetrics } from './relay-metrics.ts';

/** `relay`: publishes until it is interrupted, and then ends in good order. */
export const runRelay = async (
  context: CommandContext,
  options: { metricsPort: number },
): Promise<ExitCode> => {
  const { clock } = context;
  const { streams } = await context.config();
  const { db } = await context.mongo();
  const client = kinesis(context);
  await assertStreamsExist(client, streams);
  await prepareOutbox(db);
  const settings = relaySettings();
  const logger = pino({ name: 'relay' });
  const log = logRelay({ logger, clock });
  const metrics = new RelayMetrics();
  const relay = new Relay({
    feed: new MongoOutboxFeed({ db, clock }),
    lease: new MongoLease({ db, ttlMs: settings.leaseTtlMs }),
    stream: new KinesisEventStream({ client, names: streams }),
    quarantine: await context.quarantine(),
    clock,
    random: Math.random,
    settings,
    holder: `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`,
    observe: (event) => {
      log(event);
      metrics.count(event);
    },
  });
  const admin = await startRelayAdmin({ relay, metrics, port: options.metricsPort });
  context.onClose(admin.close);
  logger.info({ address: admin.address, streams }, 'relay started');
  await relay.run(context.interrupted);
  return EXIT_CODES.ok;
};

/** Without a time limit, a request that hangs would hold its keys for good. */
const kinesis = (context: CommandContext): KinesisClient => {
  const client = new KinesisClient({
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    }),
  });
  context.onClose(async () => client.destroy());
  return client;
};

const assertStreamsExist = async (client: KinesisClient, streams: Config['streams']): Promise<void> => {
  for (const [logical, name] of Object.entries(streams)) {
    try {
      await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    } catch (cause) {
      if (!(cause instanceof ResourceNotFoundException)) throw cause;
      throw new UsageError(
        `streams.${logical} names the Kinesis stream ${name}, which does not exist here: deploy it, or correct the configuration`,
        { cause },
      );
    }
  }
};
