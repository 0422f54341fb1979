import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { BanyanError, type Clock, messageOf } from '../../../../services/core/index.ts';
import type { ShardCheckpointStore } from '../checkpoints/shard-checkpoints.ts';
import { destinationOf } from '../destinations/destination-of.ts';
import type { FailureDestination } from '../destinations/failure-destination.ts';
import { EventSourceMapping, type MappingStatus } from '../event-source-mapping.ts';
import { lambdaInvoker } from '../invokers/lambda-invoker.ts';
import type { MappingConfiguration } from '../mapping-settings.ts';
import type { RetryBackoff } from '../retry-backoff.ts';
import { KinesisStreamReader } from '../streams/kinesis-stream-reader.ts';
import { configurationOf, type DeployedMapping, deployedMappings } from './deployed-mappings.ts';
import { STARTING_TIMESTAMP_PARAMETER, stackStartingTimestamp } from './stack-starting-timestamp.ts';

/** The part of a logger that is used; pino's fits. */
export interface MappingLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface LocalMappingsOptions {
  readonly lambda: LambdaClient;
  /** Required. With `NodeHttpHandler`: the client's HTTP/2 default breaks on emulators. */
  readonly kinesis: KinesisClient;
  readonly cloudFormation: CloudFormationClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly clock: Clock;
  readonly log: MappingLog;
  readonly checkpoints: ShardCheckpointStore;
  readonly pollMs: number;
  readonly backoff: RetryBackoff;
}

interface RunningMapping {
  readonly mapping: EventSourceMapping;
  /** What it was last configured with. */
  configured: string;
  /** When the error happened that was logged last. */
  loggedErrorAtMs: number;
}

/** Runs the mappings that are deployed in an emulator, in place of the emulator's own runtime. */
export class LocalMappings {
  readonly #options: LocalMappingsOptions;
  readonly #running = new Map<string, RunningMapping>();
  readonly #problems = new Map<string, string>();

  constructor(options: LocalMappingsOptions) {
    this.#options = options;
  }

  /** Starts what was deployed since, updates what was changed, and stops what was removed. */
  async tick(): Promise<void> {
    const deployed = await deployedMappings(this.#options.lambda);
    const ids = new Set(deployed.map((mapping) => mapping.UUID));
    for (const id of this.#problems.keys()) if (!ids.has(id)) this.#problems.delete(id);
    for (const id of this.#running.keys()) if (!ids.has(id)) await this.#remove(id);
    for (const mapping of deployed) await this.#follow(mapping);
    this.#logErrors();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ mapping }) => mapping.stop()));
    this.#running.clear();
  }

  statuses(): MappingStatus[] {
    return [...this.#running.values()].map(({ mapping }) => mapping.status());
  }

  /** Why mappings do not run, or not as they are configured now. */
  problems(): { readonly mappingId: string; readonly problem: string }[] {
    return [...this.#problems].map(([mappingId, problem]) => ({ mappingId, problem }));
  }

  /** One mapping's trouble is not another's. */
  async #follow(deployed: DeployedMapping): Promise<void> {
    const id = deployed.UUID;
    const configured = JSON.stringify(configurationOf(deployed, undefined));
    const running = this.#running.get(id);
    if (running?.configured === configured) return;
    try {
      if (running) await this.#update(running, deployed, configured);
      else await this.#start(deployed, configured);
      this.#problems.delete(id);
    } catch (thrown) {
      const problem = messageOf(thrown);
      if (this.#problems.get(id) !== problem) this.#options.log.warn({ mappingId: id, problem }, 'not run');
      this.#problems.set(id, problem);
    }
  }

  async #start(deployed: DeployedMapping, configured: string): Promise<void> {
    const { kinesis, clock, checkpoints, pollMs, backoff, log } = this.#options;
    const mapping = new EventSourceMapping({
      configuration: await this.#configuration(deployed),
      stream: new KinesisStreamReader({ client: kinesis, streamArn: deployed.EventSourceArn }),
      ...this.#parts(deployed),
      ...{ clock, checkpoints, pollMs, backoff },
    });
    await mapping.start();
    this.#running.set(deployed.UUID, { mapping, configured, loggedErrorAtMs: 0 });
    log.info({ mappingId: deployed.UUID, functionArn: deployed.FunctionArn }, 'mapping started');
  }

  async #update(running: RunningMapping, deployed: DeployedMapping, configured: string): Promise<void> {
    await running.mapping.update(await this.#configuration(deployed), this.#parts(deployed));
    // An earlier update may have left it stopped, when the stream did not answer.
    await running.mapping.start();
    running.configured = configured;
    this.#options.log.info({ mappingId: deployed.UUID }, 'mapping updated');
  }

  async #remove(id: string): Promise<void> {
    await this.#running.get(id)?.mapping.stop();
    this.#running.delete(id);
    await this.#options.checkpoints.remove(id);
    this.#options.log.info({ mappingId: id }, 'mapping removed');
  }

  async #configuration(deployed: DeployedMapping): Promise<MappingConfiguration> {
    const isKnown =
      deployed.StartingPosition !== 'AT_TIMESTAMP' || deployed.StartingPositionTimestamp !== undefined;
    if (isKnown) return configurationOf(deployed, undefined);
    const seconds = await stackStartingTimestamp(this.#options.cloudFormation, deployed.UUID);
    if (seconds !== undefined) return configurationOf(deployed, seconds);
    throw new BanyanError(
      'starting-timestamp-unknown',
      `no stack at rest holds it and has the parameter ${STARTING_TIMESTAMP_PARAMETER}`,
      { retryable: true },
    );
  }

  #parts(deployed: DeployedMapping) {
    const arn = deployed.DestinationConfig?.OnFailure?.Destination;
    const destination: FailureDestination | undefined = arn ? destinationOf(arn, this.#options) : undefined;
    const invoker = lambdaInvoker({ client: this.#options.lambda, functionArn: deployed.FunctionArn });
    return { invoker, destination };
  }

  #logErrors(): void {
    for (const [mappingId, running] of this.#running) {
      const { lastError } = running.mapping.status();
      if (!lastError || lastError.atMs <= running.loggedErrorAtMs) continue;
      running.loggedErrorAtMs = lastError.atMs;
      this.#options.log.warn({ mappingId, error: lastError.message }, 'mapping in trouble');
    }
  }
}
