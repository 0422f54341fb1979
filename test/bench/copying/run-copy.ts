import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../support/dynamodb-table.ts';
import type { BenchEngines } from '../with-engines.ts';
import { moduleOf } from './module-of.ts';

/** What a copy's process used from its start to its end; the kernel keeps both. */
export interface CopyUse {
  readonly cpuMs: number;
  readonly peakRssMb: number;
}

export interface CopyOptions {
  readonly engines: BenchEngines;
  readonly database: string;
  /** Where an endpoint of DynamoDB answers at once. */
  readonly sink: string;
  /** Of `copy.config.ts`. */
  readonly plan: 'pick' | 'function';
}

const BANYAN = join(import.meta.dirname, '../../../migrations/cli/banyan.js');

/** `banyan backfill run`, as anybody starts it; only its control table is on the emulator. */
export const runCopy = async ({ engines, database, sink, plan }: CopyOptions): Promise<CopyUse> => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-copy-'));
  const credentials = { accessKeyId: String(randomInt(1e11, 1e12)), secretAccessKey: 'bench' };
  const client = new DynamoDBClient({ endpoint: engines.awsEndpoint, region: 'us-east-1', credentials });
  try {
    const args = [BANYAN, '--config', moduleOf('copy.config'), '--json', 'backfill', 'run', plan];
    await promisify(execFile)(process.execPath, args, {
      maxBuffer: 64 * 1_024 * 1_024,
      env: {
        PATH: process.env.PATH,
        MONGODB_URI: engines.mongoUri,
        MONGODB_DATABASE: database,
        AWS_ENDPOINT_URL: engines.awsEndpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        BENCH_SINK: sink,
        BENCH_USE: join(folder, 'use'),
        BENCH_CONTROL_TABLE: await createTable(client, { partition: 'pk', sort: 'sk' }),
      },
    });
    return JSON.parse(await readFile(join(folder, 'use'), 'utf8'));
  } finally {
    client.destroy();
    await rm(folder, { recursive: true });
  }
};
