import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshAws, freshDatabase, mongoUri } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { type Project, projectWithPackage } from '../support/installed-package.ts';
import { createStream, kinesisClient, readStream } from '../support/kinesis-stream.ts';
import { PUBLIC_SURFACE } from '../support/public-surface.ts';
import { jsonOf, programsOf } from '../support/readme-programs.ts';

const TSC = resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
const OUTBOX = 'services/outbox/README.md';
const SIMULATOR = 'infra/local/event-source-mapping/README.md';
/** What the package needs only for this, and does not bring. */
const NEEDS_A_PEER = new Set(['infra']);
const BANYAN = 'node_modules/.bin/banyan';

let project: Project;

beforeAll(async () => {
  project = await projectWithPackage();
  for (const readme of [OUTBOX, SIMULATOR]) {
    for (const [file, program] of programsOf(readme)) await project.write(file, program);
  }
}, 60_000);

afterAll(() => project.remove());

/** The names that each part exports, and the parts that load an SDK of AWS, as plain JavaScript sees them. */
const importAll = async (subpaths: readonly string[]) => {
  await project.write(
    'import-all.js',
    `import { registerHooks } from 'node:module';
    let current;
    const withSdk = new Set();
    registerHooks({ resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      if (resolved.url.includes('/node_modules/@aws-sdk/')) withSdk.add(current);
      return resolved;
    } });
    const names = {};
    for (current of ${JSON.stringify(subpaths)}) names[current] = Object.keys(await import('banyan/' + current));
    console.log(JSON.stringify({ names, withSdk: [...withSdk] }));`,
  );
  const { code, stdout, stderr } = await project.node(['import-all.js']).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as { names: { [subpath: string]: string[] }; withSdk: string[] };
};

describe('an installed package', () => {
  it('exports what it promises, and nothing else, without the peers that are optional', async () => {
    const subpaths = Object.keys(PUBLIC_SURFACE).filter((subpath) => !NEEDS_A_PEER.has(subpath));
    const { names } = await importAll(subpaths);
    const promised = Object.fromEntries(
      subpaths.map((path) => [path, PUBLIC_SURFACE[path]?.values.toSorted()]),
    );
    expect(names).toEqual(promised);
  });

  it('loads an SDK of AWS in the parts that speak to AWS, and in no other', async () => {
    const subpaths = Object.keys(PUBLIC_SURFACE).filter((subpath) => !NEEDS_A_PEER.has(subpath));
    const speaking = subpaths.filter((subpath) => PUBLIC_SURFACE[subpath]?.withSdk);
    const others = subpaths.filter((subpath) => !PUBLIC_SURFACE[subpath]?.withSdk);
    // What is loaded is not loaded again, so the others come first.
    expect((await importAll([...others, ...speaking])).withSdk).toEqual(speaking);
  });

  it('exports constructs to those who have the CDK, which bundle their functions', async () => {
    await project.install('aws-cdk-lib', 'constructs');
    expect((await importAll(['infra'])).names.infra).toEqual(PUBLIC_SURFACE.infra?.values.toSorted());
    await project.write('package-lock.json', '{}');
    await project.write(
      'consumer.js',
      "import { kinesisConsumer } from 'banyan/stream'; import { MongoClient } from 'mongodb'; " +
        'export const handler = kinesisConsumer({ transform: () => new MongoClient("") });',
    );
    await project.write(
      'shop.config.js',
      "import { defineConfig } from 'banyan/config'; export default defineConfig(() => ({}));",
    );
    await project.write(
      'app.js',
      `import { App, Duration, Stack } from 'aws-cdk-lib';
      import { BackfillMachine, ControlStack, ServiceFunction } from 'banyan/infra';
      const app = new App({ outdir: 'cdk.out' });
      const more = { description: 'Tries it', timeout: Duration.seconds(10), environment: {} };
      new ServiceFunction(new Stack(app, 'Mine'), 'Consumer', { entry: 'consumer.js', ...more });
      const { table, quarantine } = new ControlStack(app, 'Control');
      const given = { config: 'shop.config.js', plans: ['orders'], environment: {}, secrets: { URI: 'shop/uri' } };
      new BackfillMachine(new Stack(app, 'Backfill'), 'Machine', { ...given, controlTable: table, quarantine });
      app.synth();`,
    );
    expect(await project.node(['app.js']).ended).toMatchObject({ code: 0 });
    const bundles = await readdir(join(project.folder, 'cdk.out'), { recursive: true });
    expect(bundles.filter((file) => file.endsWith('index.mjs'))).toHaveLength(2);
  }, 60_000);

  it('lets nobody import what is not exported', async () => {
    await project.write('inside.js', "await import('banyan/dist/services/outbox/relay.js');");
    const { code, stderr } = await project.node(['inside.js']).ended;
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'),
    });
  });

  it('has types that a strict compiler takes, libraries included, and so do the programs of the READMEs', async () => {
    await project.install('aws-cdk-lib', 'constructs', 'mongoose', '@types/node');
    const uses = Object.entries(PUBLIC_SURFACE).map(([path, { values, types }]) => {
      const names = [...values, ...types.map((name) => `type ${name}`)];
      return `export { ${names.join(', ')} } from 'banyan/${path}';`;
    });
    // Each in a file of its own: some parts share names.
    for (const [at, use] of uses.entries()) await project.write(`surface-${at}.ts`, use);
    const compilerOptions = {
      ...{
        target: 'es2024',
        module: 'nodenext',
        lib: ['es2024', 'esnext.disposable', 'dom'],
        types: ['node'],
      },
      ...{ strict: true, noEmit: true, skipLibCheck: false, allowImportingTsExtensions: true },
    };
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const { code, stdout } = await project.node([TSC, '-p', '.']).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  }, 300_000);
});

describe('its command line', () => {
  it('shows its commands', async () => {
    const { code, stdout } = await project.node([BANYAN, '--help']).ended;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('relay') });
  });

  it("examines the project's own configuration, in TypeScript", async () => {
    const { code, stdout, stderr } = await project.node([BANYAN, 'doctor'], { MONGODB_URI: mongoUri() })
      .ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/banyan\.config\.ts loads/);
    expect(stdout).toMatch(/MongoDB \d+\.\d+\.\d+, replica set/);
  });

  it('brings every file of the page that `banyan admin` serves, and the library of its charts', async () => {
    await project.write(
      'page.js',
      `import { readdirSync } from 'node:fs';
      import { pageFolders } from './node_modules/banyan/dist/proxy/admin/page-folders.js';
      console.log(JSON.stringify(pageFolders().map(({ folder }) => readdirSync(folder).sort())));`,
    );
    const { stdout, stderr } = await project.node(['page.js']).ended;
    expect(stderr).toBe('');
    const source = await readdir(join(import.meta.dirname, '../../proxy/admin/dashboard'));
    const served = source.filter((file) => !file.endsWith('.d.ts')).sort();
    expect(JSON.parse(stdout)).toEqual([served, expect.arrayContaining(['uPlot.esm.js', 'uPlot.min.css'])]);
  });

  it('says where the demo is, which is in no package', async () => {
    const { code, stderr } = await project.node([BANYAN, 'demo']).ended;
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('checkout') });
  });
});

describe('the programs in the README of the outbox', () => {
  const aws = freshAws();
  const kinesis = kinesisClient(aws);
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let streams: { readonly orders: string; readonly users: string };
  let env: { readonly [name: string]: string };

  const eventsOn = async (stream: string) => {
    const entries = await readStream(kinesis, stream);
    return entries.flatMap(({ data }): { type: string }[] => [JSON.parse(data)].flat());
  };
  const typesOn = async (stream: string) => (await eventsOn(stream)).map(({ type }) => type);
  const ORDERED = ['order.placed', 'order.changed', 'order.cancelled'];

  beforeAll(async () => {
    await project.install('mongoose');
    database = await freshDatabase();
    streams = { orders: await createStream(kinesis), users: await createStream(kinesis) };
    env = {
      ...variablesOf(aws),
      ...{ MONGODB_URI: mongoUri(), MONGODB_DATABASE: database.db.databaseName },
      ...{ ORDERS_STREAM: streams.orders, USERS_STREAM: streams.users },
    };
  });

  afterAll(async () => {
    kinesis.destroy();
    await database.drop();
  });

  it.each(['orders.ts', 'users.ts'])('write, with the driver and with Mongoose: %s', async (program) => {
    expect(await project.node([program], env).ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('publish by the command line, in order, what the README shows', async () => {
    const relay = project.node([BANYAN, 'relay', '--metrics-port', '0'], env);
    try {
      await eventually(async () => expect(await typesOn(streams.orders)).toEqual(ORDERED), 20_000);
      await eventually(async () =>
        expect(await typesOn(streams.users)).toEqual(['user.created', 'user.updated']),
      );
    } finally {
      expect(await relay.stop()).toMatchObject({ code: 0, stderr: '' });
    }
    expect(masked((await eventsOn(streams.orders))[1])).toEqual(masked(jsonOf(OUTBOX)));
    const status = await project.node([BANYAN, '--json', 'relay', 'status'], env).ended;
    expect(JSON.parse(status.stdout)).toMatchObject({ leader: null, lagRows: 0 });
  }, 60_000);

  it('publish from a process of their own', async () => {
    expect(await project.node(['orders.ts'], env).ended).toMatchObject({ code: 0 });
    const relay = project.node(['relay.ts'], env);
    await eventually(
      async () => expect(await typesOn(streams.orders)).toEqual([...ORDERED, ...ORDERED]),
      20_000,
    );
    expect(await relay.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(await database.db.collection('outbox').countDocuments({ acknowledgedAt: null })).toBe(0);
  }, 60_000);
});

describe('the programs in the README of the event source mapping', () => {
  const aws = freshAws();
  const kinesis = kinesisClient(aws);
  const arnOf = (stream: string) =>
    `arn:aws:kinesis:${aws.region}:${aws.credentials.accessKeyId}:stream/${stream}`;

  afterAll(() => kinesis.destroy());

  it('test a handler', async () => {
    const { code, stdout } = await project.node(['--test', 'handler.test.ts']).ended;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('pass 1') });
  });

  it('spare what follows a poisoned record, once they bisect', async () => {
    const program = programsOf(SIMULATOR).get('handler.test.ts') ?? '';
    const bisecting = program
      .replace('MaximumRetryAttempts', 'BisectBatchOnFunctionError: true,\n      MaximumRetryAttempts')
      .replace("(taken, ['one'])", "(taken, ['one', 'two'])")
      .replace('[3, 1, 2]', '[5, 2, 1]')
      .replace('batchSize, 2', 'batchSize, 1');
    await project.write('bisecting.test.ts', bisecting);
    const { code, stdout } = await project.node(['--test', 'bisecting.test.ts']).ended;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('pass 1') });
  });

  it('run a handler on a stream', async () => {
    const stream = await createStream(kinesis);
    await kinesis.send(
      new PutRecordCommand({ StreamName: stream, PartitionKey: 'a', Data: Buffer.from('hello') }),
    );
    const run = project.node(['consume.ts'], { ...variablesOf(aws), STREAM_ARN: arnOf(stream) });
    await run.saying(/^hello$/m);
    expect(await run.stop()).toMatchObject({ code: 0, stderr: '' });
  }, 30_000);

  it("stand in for an emulator's runtime", async () => {
    const stream = await createStream(kinesis);
    const cloudFormation = new CloudFormationClient(aws);
    const TemplateBody = JSON.stringify(mappedFunction(arnOf(stream)));
    await cloudFormation.send(new CreateStackCommand({ StackName: 'mapped', TemplateBody }));
    cloudFormation.destroy();
    const run = project.node(['mappings.ts'], variablesOf(aws));
    await run.saying(/mapping started/);
    expect(await run.stop()).toMatchObject({ code: 0, stderr: '' });
  }, 30_000);
});

const variablesOf = ({ endpoint, region, credentials }: ReturnType<typeof freshAws>) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

/** What differs from one run to the next, by its form. */
const masked = (event: unknown): unknown =>
  JSON.parse(
    JSON.stringify(event)
      .replaceAll(/[0-9a-f]{24}/g, 'an id')
      .replaceAll(/\b\d{16}\b/g, '16')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time'),
  );

/** A stack of a function and its mapping, which the emulator is to leave alone. */
const mappedFunction = (streamArn: string) => ({
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ Runtime: 'nodejs22.x', Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] } },
        Code: { ZipFile: 'exports.handler = async () => {};' },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Function' },
        EventSourceArn: streamArn,
        StartingPosition: 'TRIM_HORIZON',
        Enabled: false,
      },
    },
  },
});
