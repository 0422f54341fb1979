import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { BanyanError, messageOf } from '../../../services/core/index.ts';
import { type Leash, leashProcessGroup } from './leash.ts';

export interface EngineProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Required. Gets what it writes to stdout and stderr. */
  readonly logFile: string;
  /** Required. How long it may take to save its state when it is stopped; 0 when nothing is worth saving. */
  readonly graceMs: number;
  /** Optional: a folder that goes when it stops. */
  readonly removeFolder?: string;
  /** Required. Resolves once it serves; gives up when the signal aborts. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** Required. What it says of its own failure, if anything. */
  readonly lastWords: () => Promise<string | undefined>;
}

/**
 * Starts a program in a process group of its own (the terminal's Ctrl-C is for us, who then stop it), waits until
 * it serves, and answers how to stop it and everything it started.
 * @throws BanyanError `engine-failed` with its last words; nothing is left then.
 */
export const startEngineProcess = async (options: EngineProcessOptions): Promise<Leash> => {
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.program, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = endedEarly(child);
  if (child.pid === undefined) {
    if (options.removeFolder) await rm(options.removeFolder, { recursive: true, force: true });
    throw new BanyanError('engine-failed', `${options.program} does not run`, {
      cause: await reasonOf(ended),
    });
  }
  child.unref();
  const leash = leashProcessGroup({ ...options, leaderPid: child.pid });
  const waiting = new AbortController();
  try {
    await Promise.race([options.ready(waiting.signal), ended]);
    return leash;
  } catch (cause) {
    waiting.abort(cause);
    const said = await options.lastWords();
    await leash.letGo();
    throw new BanyanError('engine-failed', `it does not start: ${said ?? messageOf(cause)}`, { cause });
  }
};

const endedEarly = async (child: ChildProcess): Promise<never> => {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`it ended with ${signal ?? code}`);
};

const reasonOf = (failing: Promise<never>): Promise<unknown> => failing.catch((thrown: unknown) => thrown);
