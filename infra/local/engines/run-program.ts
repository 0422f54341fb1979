import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BanyanError, messageOf } from '../../../services/core/index.ts';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Optional: kills it when it runs for longer. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A program that did not do its work. */
class ProgramError extends BanyanError {
  /** The end of what it wrote to stderr; failing that, why it did not run. */
  readonly said: string;

  constructor(program: string, why: string, said: string, options: { cause?: unknown } = {}) {
    super('program-failed', `${program} ${why}${said ? `: ${said}` : ''}`, options);
    this.said = said || why;
  }
}

/**
 * Runs a program to its end and answers what it wrote to stdout.
 * @throws ProgramError
 */
export const runProgram = (
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.env ? { env: options.env } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
      ...(options.timeoutMs ? { timeout: options.timeoutMs } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const out = gather(child.stdout);
    const err = gather(child.stderr);
    child.once('error', (cause) =>
      reject(new ProgramError(program, 'does not run', cause.message, { cause })),
    );
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(out());
      const why = signal ? `was ended by ${signal}` : `ended with ${code}`;
      reject(new ProgramError(program, why, lastLines(err() || out())));
    });
  });

const gather = (stream: NodeJS.ReadableStream): (() => string) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
};

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' ').trim();

/** The first executable file of this name on the search path. */
export const programOnPath = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** What a failed program said, or the message of anything else that was thrown. */
export const saidOf = (thrown: unknown): string =>
  thrown instanceof ProgramError ? thrown.said : messageOf(thrown);
