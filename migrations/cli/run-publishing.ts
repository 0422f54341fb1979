import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import type { Relay, RelayOptions } from '../../services/outbox/index.ts';
import { assertBucket } from './assert-bucket.ts';
import { type Config, partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { openEventStream } from './open-event-stream.ts';
import { publishingSettings } from './oversize.ts';
import { startRelayAdmin } from './relay-admin.ts';
import { logRelay } from './relay-log.ts';
import { RelayMetrics } from './relay-metrics.ts';

/** What the relay and a capture are made of alike. */
export type PublishingParts = Omit<RelayOptions, 'feed' | 'lease'>;

/** Publishes, tells how it goes, until it is interrupted, and then ends in good order. */
export const runPublishing = async (
  context: CommandContext,
  options: {
    /** Required. The log's. */
    name: string;
    streams: Config['streams'];
    metricsPort: number;
    open: (parts: PublishingParts) => Promise<Relay>;
  },
): Promise<ExitCode> => {
  const { clock } = context;
  const { name, streams, metricsPort, open } = options;
  const config = await context.config();
  const logger = pino({ name });
  const log = logRelay({ logger, clock });
  const metrics = new RelayMetrics();
  await assertQuarantine(context, config);
  const relay = await open({
    stream: await openEventStream(context, streams),
    quarantine: await context.quarantine(),
    clock,
    random: Math.random,
    settings: publishingSettings(config),
    holder: `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`,
    observe: (event) => {
      log(event);
      metrics.count(event);
    },
  });
  const admin = await startRelayAdmin({ relay, metrics, port: metricsPort });
  context.onClose(admin.close);
  const { oversize } = config.relay;
  logger.info({ address: admin.address, streams, oversize }, `${name} started`);
  await relay.run(context.interrupted);
  return EXIT_CODES.ok;
};

/** The quarantine is opened only when there is something for it, which is late to learn that it is not there. */
const assertQuarantine = async (context: CommandContext, config: Config): Promise<void> => {
  const quarantine = partOf(config, 'quarantine');
  if (!('bucket' in quarantine)) return;
  const client = new S3Client({});
  try {
    await assertBucket(context, { client, bucket: quarantine.bucket, setting: 'quarantine.bucket' });
  } finally {
    client.destroy();
  }
};
