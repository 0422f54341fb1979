import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.ts';

/** What a program left. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, or has ended. */
export interface ProgramRun {
  readonly ended: Promise<ProgramEnd>;
  /** Waits until the program has said something that matches; fails with all that it said when it has not. */
  saying(what: RegExp): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<ProgramEnd>;
}

/** Starts a program with `env` as its environment, but for the PATH. */
export const startProgram = (
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: { readonly [name: string]: string } },
): ProgramRun => {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]): ProgramEnd => ({ code, stdout, stderr }));
  return {
    ended,
    saying: (what) =>
      eventually(() => {
        if (!what.test(stdout)) throw new Error(`it has not said ${what}, but: ${stdout}${stderr}`);
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
};
