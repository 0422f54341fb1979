import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, createWriteStream, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { BanyanError } from '../../services/core/index.ts';
import { leashProcessGroup } from './engines/leash.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 30_000;
const GRACE_MS = 15_000;

export interface ServiceOptions {
  /** Required. Its name in messages. */
  readonly name: string;
  /** Required. The TypeScript file to run, relative to the project's root, and its arguments. */
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  /** Required. Matches the line on stdout that says it is ready; the first group is its address. */
  readonly ready: RegExp;
  /** Required. Where its output goes. */
  readonly logFile: string;
}

/** One of our own processes, started for a person who watches: a demo, a test. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  readonly address: string;
  /** SIGTERM, then SIGKILL when it takes longer than 15 s; happens by itself when this process ends, however. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/**
 * Starts a process in a group of its own (so that Ctrl-C reaches only whoever started it, which then stops it
 * in order) and waits until it says that it is ready.
 * @throws BanyanError `service-failed` with the end of its log.
 */
export const startService = async (options: ServiceOptions): Promise<ServiceProcess> => {
  const log = openSync(options.logFile, 'a');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options.args], {
    cwd: PROJECT,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const exited = new Promise<void>((done) => child.once('close', () => done()));
  const leash = leashProcessGroup({ leaderPid: child.pid ?? 0, graceMs: GRACE_MS });
  const address = await readyAddress(child, options);
  const stop = async (): Promise<void> => {
    await leash.letGo();
    await exited;
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await stop();
  };
  return { name: options.name, pid: child.pid ?? 0, address, stop, kill };
};

const readyAddress = (child: ChildProcess, { name, ready, logFile }: ServiceOptions): Promise<string> =>
  new Promise((resolveAddress, reject) => {
    const fail = (why: string) => {
      child.kill('SIGKILL');
      const end = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n');
      reject(new BanyanError('service-failed', `${name} ${why}:\n${end}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    const endedEarly = (code: number | null) => {
      clearTimeout(timer);
      fail(`ended with ${code} before it was ready`);
    };
    child.once('close', endedEarly);
    if (!child.stdout) return;
    child.stdout.pipe(createWriteStream(logFile, { flags: 'a' }));
    const lines = createInterface({ input: child.stdout }).on('line', (line) => {
      const match = ready.exec(line);
      if (!match) return;
      clearTimeout(timer);
      child.off('close', endedEarly);
      lines.close();
      child.stdout?.resume();
      resolveAddress(match[1] ?? '');
    });
  });

/**
 * The memory that a process takes, in bytes: what it shares with others (the Node binary) counts in part (PSS).
 * 0 when it is gone or the platform does not say; Linux does.
 */
export const memoryBytes = async (pid: number): Promise<number> => {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
};
