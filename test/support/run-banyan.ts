import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** What a run of the command line left. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** The lines of `--json`. */
  readonly answers: readonly { readonly [field: string]: unknown }[];
}

/** A run of the command line that is under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export type Variables = { readonly [name: string]: string };

const MAIN = join(import.meta.dirname, '../../migrations/cli/main.ts');

/** Starts `banyan … --json` as a process with `env` as its whole environment. */
export const startBanyan = (options: {
  config: string;
  args: readonly string[];
  env: Variables;
}): Running => {
  const child = spawn(process.execPath, [MAIN, '--config', options.config, '--json', ...options.args], {
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      resolve({ code, signal, stderr, answers: lines.map((line) => JSON.parse(line)) });
    });
  });
  return { child, ended };
};

/** The `result` that a command ended with. */
export const resultOf = ({ answers }: Ended) => answers.findLast(({ event }) => event === 'result');
