import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BanyanError } from '../../services/core/index.ts';

/** Stack → output name → value. */
export type StackOutputs = { readonly [stack: string]: { readonly [output: string]: string } };

export interface DeployOptions {
  /** Required. The environment of the CDK CLI: endpoint, region and credentials. */
  readonly env: NodeJS.ProcessEnv;
  /** Required. Account and region as the CDK names them: `aws://000000000000/us-east-1`. */
  readonly environment: string;
  /** Required. `Stack:Parameter` → value. */
  readonly parameters: { readonly [stackParameter: string]: string };
  readonly signal?: AbortSignal;
}

const PROJECT = resolve(import.meta.dirname, '../..');
const CDK = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');

/**
 * Synthesises the same stacks that production gets into `outdir`.
 * @throws BanyanError `cdk-failed` with what the CDK printed.
 */
export const synthesise = async (outdir: string, signal?: AbortSignal): Promise<void> => {
  await cdk(['synth', '--quiet', '--output', outdir], {
    cwd: PROJECT,
    env: process.env,
    ...(signal ? { signal } : {}),
  });
};

/**
 * Deploys synthesised stacks into an AWS that answers at `env.AWS_ENDPOINT_URL`, bootstrapping it first.
 * @throws BanyanError `cdk-failed` with what the CDK printed.
 */
export const deploy = async (outdir: string, options: DeployOptions): Promise<StackOutputs> => {
  // Bootstrapping in a project's folder would synthesise it again, with bundling skipped.
  const empty = await mkdtemp(join(tmpdir(), 'banyan-bootstrap-'));
  try {
    const outputs = join(empty, 'outputs.json');
    const call = { env: options.env, ...(options.signal ? { signal: options.signal } : {}) };
    await cdk(['bootstrap', options.environment], { ...call, cwd: empty });
    const parameters = Object.entries(options.parameters).flatMap(([name, value]) => [
      '--parameters',
      `${name}=${value}`,
    ]);
    await cdk(
      [
        'deploy',
        '--app',
        outdir,
        '--all',
        '--require-approval',
        'never',
        '--method=direct',
        '--concurrency',
        '3',
      ]
        .concat(parameters)
        .concat('--outputs-file', outputs),
      { ...call, cwd: empty },
    );
    return JSON.parse(await readFile(outputs, 'utf8')) as StackOutputs;
  } finally {
    await rm(empty, { recursive: true, force: true });
  }
};

const cdk = (
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<void> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [CDK, ...args], {
      ...options,
      env: { ...options.env, CDK_DISABLE_CLI_TELEMETRY: '1', CI: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    const keep = (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) return done();
      fail(new BanyanError('cdk-failed', `cdk ${args[0]} ended with ${code}:\n${printed.trim()}`));
    });
  });
