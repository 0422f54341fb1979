import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { pino } from 'pino';
import { ENTITY_SLICE, type EntityDefinition, UsageError } from '../../services/core/index.ts';
import { captureLease, forgetCapture, openCapture } from '../../services/outbox/capture/index.ts';
import { relaySettings } from '../../services/outbox/index.ts';
import { KinesisEventStream } from '../../services/outbox/kinesis-event-stream.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { nearest } from './nearest.ts';
import { publishedEntities } from './published-entities.ts';
import { startRelayAdmin } from './relay-admin.ts';
import { logRelay } from './relay-log.ts';
import { RelayMetrics } from './relay-metrics.ts';

export interface CaptureFlags {
  readonly fromNow: boolean;
  readonly metricsPort: number;
}

/** `capture`: publishes a collection from its change stream until it is interrupted. */
export const runCapture = async (
  context: CommandContext,
  name: string,
  flags: CaptureFlags,
): Promise<ExitCode> => {
  const { clock } = context;
  const config = await context.config();
  const entity = projectedEntity(config, name);
  const { collection } = entity;
  const { db } = await context.mongo();
  const stream = await openStream(context, config, entity);
  if (flags.fromNow) await forgetCapture({ db, collection });
  const settings = relaySettings();
  const logger = pino({ name: `capture ${collection}` });
  const log = logRelay({ logger, clock });
  const metrics = new RelayMetrics();
  const capture = await openCapture({
    db,
    entity,
    source: `/banyan/capture/${collection}`,
    recovery: recovery(config, name, entity),
    lease: captureLease({ db, collection, ttlMs: settings.leaseTtlMs }),
    stream,
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
  const admin = await startRelayAdmin({ relay: capture, metrics, port: flags.metricsPort });
  context.onClose(admin.close);
  logger.info({ address: admin.address, stream: config.streams[entity.stream] }, 'capture started');
  await capture.run(context.interrupted);
  return EXIT_CODES.ok;
};

/** @throws UsageError when a plan about the collection needs versions that a change stream cannot give. */
const projectedEntity = (config: Config, name: string): EntityDefinition => {
  const [entity] = publishedEntities(config, [name]);
  if (!entity) throw new UsageError(`there is no entity ${name}`);
  const plans = Object.entries(config.plans).filter(
    ([, plan]) => plan.entity.collection === entity.collection,
  );
  const authority = plans.find(([, plan]) => plan.slice !== ENTITY_SLICE);
  if (!authority) return entity;
  throw new UsageError(
    `${entity.collection} cannot be captured: the plan ${authority[0]} follows its slice ${authority[1].slice}, whose versions only its writers can give. Write it through the outbox, or take that plan out`,
  );
};

const openStream = async (
  context: CommandContext,
  { streams }: Config,
  entity: EntityDefinition,
): Promise<KinesisEventStream> => {
  const name = streams[entity.stream];
  if (name === undefined) {
    throw new UsageError(
      `there is no stream ${entity.stream}: ${nearest(entity.stream, Object.keys(streams))}`,
    );
  }
  // Without a time limit, a request that hangs would hold its keys for good.
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
  });
  const client = new KinesisClient({ requestHandler });
  context.onClose(async () => client.destroy());
  await client.send(new DescribeStreamSummaryCommand({ StreamName: name })).catch((cause: unknown) => {
    if (!(cause instanceof ResourceNotFoundException)) throw cause;
    throw new UsageError(
      `streams.${entity.stream} names the Kinesis stream ${name}, which does not exist here: deploy it, or correct the configuration`,
      { cause },
    );
  });
  return new KinesisEventStream({ client, names: { [entity.stream]: name } });
};

/** What was missed is in no event, and a copy has version 0, which does not replace what a sink holds. */
const recovery = (config: Config, name: string, entity: EntityDefinition): string => {
  const plans = Object.entries(config.plans)
    .filter(([, plan]) => plan.entity.collection === entity.collection)
    .map(([plan]) => `point ${plan} at an empty sink and run \`banyan backfill run ${plan} --restart\``);
  return (
    'What was written meanwhile is in no event, so its sinks are filled anew: start ' +
    `\`banyan capture ${name} --from-now\`, and while it runs, ${plans.join(', ')}.`
  );
};
