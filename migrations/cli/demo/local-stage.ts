import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { pino } from 'pino';
import { synthesise } from '../../../infra/local/deploy.ts';
import { freePort } from '../../../infra/local/engines/free-port.ts';
import {
  type Engine,
  engineOptions,
  startAwsEmulator,
  startMongo,
} from '../../../infra/local/engines/index.ts';
import { runProgram } from '../../../infra/local/engines/run-program.ts';
import {
  type EventSourceMappings,
  startEventSourceMappings,
} from '../../../infra/local/event-source-mapping/aws/index.ts';
import { awsVariables, deployLocalCloud, type Variables } from '../../../infra/local/local-cloud.ts';
import { type ServiceProcess, startService } from '../../../infra/local/service-process.ts';
import { systemClock } from '../../../services/core/index.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const DATABASE = 'yubl';
/** Our own processes are many and small; V8 would let each grow to gigabytes before it collects. */
const HEAP = ['--max-old-space-size=64', '--max-semi-space-size=1'];

export interface StageOptions {
  /** Required. An empty folder for data and logs. */
  readonly folder: string;
  /** Required. Told what is going on, a line at a time. */
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Everything that the demo needs around itself, started step by step and stopped in the reverse order. */
export class LocalStage {
  readonly #options: StageOptions;
  readonly #stack = new AsyncDisposableStack();
  readonly processes = new Map<string, ServiceProcess>();
  #mongo: Engine | undefined;
  #aws: Engine | undefined;
  #cloudSearchPort = 0;
  variables: Variables = {};
  mappings: EventSourceMappings | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** MongoDB, the AWS emulator, and the stacks as CloudFormation wants them. */
  async startEngines(): Promise<void> {
    const { log, signal, folder } = this.#options;
    const options = { ...engineOptions(process.env, log), signal };
    await mkdir(folder, { recursive: true });
    const started = await Promise.allSettled([
      startMongo(options).then((engine) => {
        this.#mongo = this.#keep(engine);
      }),
      startAwsEmulator(options).then((engine) => {
        this.#aws = this.#keep(engine);
      }),
      synthesise(join(folder, 'cdk.out'), signal),
    ]);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    log(`MongoDB: ${this.#mongo?.origin}`);
    log(`AWS: ${this.#aws?.origin}`);
    this.variables = {
      ...awsVariables(this.#awsAddress),
      MONGODB_URI: this.#mongo?.address ?? '',
      MONGODB_DATABASE: DATABASE,
    };
  }

  /** Fills the monolith's database with what was there before Banyan came. */
  async seed(users: number): Promise<{ readonly password: string }> {
    const args = ['monolith/seed.ts', '--users', String(users), '--json'];
    const answer = await runProgram(process.execPath, args, {
      cwd: PROJECT,
      env: this.#env(),
      signal: this.#options.signal,
    });
    return JSON.parse(answer) as { password: string };
  }

  /** The AWS side: a search domain and the stacks. */
  async deploy(): Promise<void> {
    this.#cloudSearchPort = await freePort();
    const { address } = await this.startCloudSearch();
    this.variables = {
      ...this.variables,
      ...(await deployLocalCloud({
        awsEndpoint: this.#awsAddress,
        cloudAssembly: join(this.#options.folder, 'cdk.out'),
        mongoUri: this.variables.MONGODB_URI ?? '',
        mongoDatabase: DATABASE,
        cloudSearchEndpoint: address,
        signal: this.#options.signal,
      })),
    };
  }

  /** Starts the search domain, or starts it again after it was killed, with what it had. */
  startCloudSearch(): Promise<ServiceProcess> {
    const file = join(this.#options.folder, 'cloudsearch.sqlite');
    const args = ['infra/local/cloudsearch/main.ts', '--port', String(this.#cloudSearchPort), '--file', file];
    return this.#start('cloudsearch', args, /listening on (\S+)/);
  }

  /** The monolith, the relay, and the proxy in front. */
  async startServices(): Promise<void> {
    const monolith = await this.#start('monolith', ['monolith/app/server.ts'], /listening on (\S+)/, {
      PORT: '0',
    });
    const [proxyPort, adminPort] = [await freePort(), await freePort()];
    this.variables = {
      ...this.variables,
      MONOLITH_URL: monolith.address,
      PROXY_PORT: String(proxyPort),
      ADMIN_PORT: String(adminPort),
    };
    await Promise.all([
      this.#start('relay', ['migrations/cli/main.ts', 'relay', '--metrics-port', '0'], /relay started/),
      this.#start('proxy', ['migrations/cli/main.ts', 'proxy'], /proxy on (\S+),/),
    ]);
  }

  /** Polls the stream for the deployed functions, as Lambda would. */
  startMappings(): void {
    const kinesis = new KinesisClient({ requestHandler: new NodeHttpHandler() });
    const mappings = startEventSourceMappings({
      lambda: new LambdaClient({}),
      kinesis,
      cloudFormation: new CloudFormationClient({}),
      sqs: new SQSClient({}),
      s3: new S3Client({ forcePathStyle: true }),
      clock: systemClock,
      log: pino(
        { level: 'info' },
        pino.destination({ dest: join(this.#options.folder, 'event-source-mappings.log'), sync: true }),
      ),
    });
    this.#stack.defer(() => mappings.stop());
    this.mappings = mappings;
  }

  get proxyUrl(): string {
    return `http://127.0.0.1:${this.variables.PROXY_PORT}`;
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.variables.ADMIN_PORT}`;
  }

  /** Stops everything that was started, last first. */
  stop(): Promise<void> {
    return this.#stack.disposeAsync();
  }

  get #awsAddress(): string {
    return this.#aws?.address ?? '';
  }

  #env(): NodeJS.ProcessEnv {
    // glibc would otherwise keep an arena of freed memory for each of Node's threads.
    return { ...process.env, MALLOC_ARENA_MAX: '2', ...this.variables };
  }

  #keep(engine: Engine): Engine {
    this.#stack.defer(() => engine.stop());
    return engine;
  }

  async #start(
    name: string,
    args: readonly string[],
    ready: RegExp,
    more: Variables = {},
  ): Promise<ServiceProcess> {
    const known = this.processes.has(name);
    const service = await startService({
      name,
      args: [...HEAP, ...args],
      env: { ...this.#env(), ...more },
      ready,
      logFile: join(this.#options.folder, `${name}.log`),
    });
    this.processes.set(name, service);
    if (!known) this.#stack.defer(async () => this.processes.get(name)?.stop());
    return service;
  }
}
