import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EntityDefinition } from '../../services/core/index.ts';
import type { freshAws } from './engines.ts';

const MAIN = resolve(import.meta.dirname, '../../migrations/cli/main.ts');

export interface BanyanConfigParts {
  readonly uri: string;
  readonly database: string;
  readonly streams: { readonly [logical: string]: string };
  /** Optional: those that a capture or a watch is about. */
  readonly entities?: readonly EntityDefinition[];
}

/** A configuration for a database and streams, in a folder of its own. */
export const writeConfig = async (
  parts: BanyanConfigParts,
): Promise<{ file: string; remove(): Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-'));
  const config = {
    source: { uri: parts.uri, database: parts.database },
    controlTable: 'control',
    streams: parts.streams,
    entities: parts.entities ?? [],
    quarantine: { folder: join(folder, 'quarantine') },
    plans: {},
    proxy: { control: { url: 'http://127.0.0.1:1' }, routes: {} },
  };
  const file = join(folder, 'banyan.config.mjs');
  await writeFile(file, `export default () => (${JSON.stringify(config)});\n`);
  return { file, remove: () => rm(folder, { recursive: true }) };
};

/** A `banyan` command in a process of its own, and what it has written so far. */
export interface BanyanProcess {
  readonly process: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** The exit code; `null` when a signal ended it. */
  readonly exit: Promise<number | null>;
}

/** Runs `banyan` with an AWS account of the emulator. */
export const startBanyan = (args: readonly string[], aws: ReturnType<typeof freshAws>): BanyanProcess => {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.on('data', (text) => {
    output.stderr += text;
  });
  // `close` comes after the last output.
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, output, exit };
};
