import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BackfillMachine } from '../../infra/index.ts';
import { deploy } from '../../infra/local/deploy.ts';
import { mongoUri } from './engines.ts';
import type { Things } from './things-world.ts';

const STACK = 'Machine';
const SECRET = 'things/mongodb';

/** What is small enough for a test: two workers at once, and little time for each invocation. */
export const WORKERS_AT_ONCE = 2;
const INVOCATION_SECONDS = 8;

/**
 * Deploys a `BackfillMachine` for `things.config.ts` into the emulator's account of `things`, by the CDK as anybody
 * would, and answers the variables by which the command line finds it.
 */
export const deployMachine = async (things: Things, environment: { readonly [name: string]: string }) => {
  const { endpoint, region, credentials } = things.aws;
  // Names of buckets are everybody's.
  const bucket = `rejected-${randomUUID()}`;
  await prepare(things, bucket);
  const folder = await mkdtemp(join(tmpdir(), 'banyan-machine-'));
  try {
    const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as {
      context: { [key: string]: unknown };
    };
    const app = new App({ context, outdir: folder });
    addMachine(new Stack(app, STACK), things, { ...environment, THINGS_QUARANTINE_BUCKET: bucket });
    app.synth();
    const outputs = await deploy(folder, {
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
      environment: `aws://${credentials.accessKeyId}/${region}`,
      parameters: {},
    });
    const machineArn = outputs[STACK]?.BackfillMachineArn;
    if (!machineArn) throw new Error('the stack has no output BackfillMachineArn');
    return { machineArn, variables: { THINGS_MACHINE_STACK: STACK, THINGS_QUARANTINE_BUCKET: bucket } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const prepare = async ({ aws }: Things, bucket: string): Promise<void> => {
  const s3 = new S3Client({ ...aws, forcePathStyle: true });
  const secrets = new SecretsManagerClient(aws);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await secrets.send(new CreateSecretCommand({ Name: SECRET, SecretString: mongoUri() }));
  s3.destroy();
  secrets.destroy();
};

const addMachine = (
  stack: Stack,
  things: Things,
  environment: { readonly [name: string]: string; readonly THINGS_QUARANTINE_BUCKET: string },
): void => {
  new BackfillMachine(stack, 'Backfill', {
    config: 'test/support/things.config.ts',
    plans: ['things'],
    environment: {
      MONGODB_DATABASE: things.db.databaseName,
      BANYAN_CONTROL_TABLE: things.controlTable,
      THINGS_TABLE: things.table,
      ...environment,
    },
    secrets: { MONGODB_URI: SECRET },
    controlTable: Table.fromTableName(stack, 'Control', things.controlTable),
    quarantine: Bucket.fromBucketName(stack, 'Quarantine', environment.THINGS_QUARANTINE_BUCKET),
    maxConcurrency: WORKERS_AT_ONCE,
    timeout: Duration.seconds(INVOCATION_SECONDS),
  }).worker.allow(['dynamodb:PutItem'], [`arn:aws:dynamodb:*:*:table/${things.table}`]);
};
