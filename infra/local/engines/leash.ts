import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Does its work once this process lets go of it or ends in any way, kill -9 included: a shell that waits for the
 * end of its stdin, in a session of its own, so that Ctrl-C does not reach it.
 */
export interface Leash {
  /** Lets go, and waits until the work is done. Safe to call twice. */
  letGo(): Promise<void>;
}

/** Ends a group of processes (SIGTERM, `graceMs` later SIGKILL) and then removes a folder. */
export const leashProcessGroup = (options: {
  leaderPid: number;
  /** How long it may take to save its state; 0 kills it at once. */
  graceMs: number;
  removeFolder?: string;
}): Leash =>
  leash(END_GROUP, [
    String(options.leaderPid),
    String(Math.ceil(options.graceMs / 100)),
    options.removeFolder ?? '',
  ]);

/** Runs a program. */
export const leashProgram = (program: string, args: readonly string[]): Leash =>
  leash('exec "$@"', [program, ...args]);

const END_GROUP = `
if [ "$2" -gt 0 ]; then kill -s TERM -- "-$1" 2>/dev/null; fi
left=$2
while [ "$left" -gt 0 ] && kill -s 0 -- "-$1" 2>/dev/null; do sleep 0.1; left=$((left - 1)); done
kill -s KILL -- "-$1" 2>/dev/null
left=50
while [ "$left" -gt 0 ] && kill -s 0 -- "-$1" 2>/dev/null; do sleep 0.1; left=$((left - 1)); done
if [ -n "$3" ]; then rm -rf -- "$3"; fi
exit 0
`;

const leash = (script: string, args: readonly string[]): Leash => {
  const shell = spawn('/bin/sh', ['-c', `cat >/dev/null\n${script}`, 'banyan-leash', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const done = once(shell, 'exit');
  // Neither keeps this process alive: when its own work is over, it may end, and the leash does its own.
  shell.unref();
  (shell.stdin as unknown as { unref?(): void }).unref?.();
  shell.stdin.on('error', () => {});
  let letGo: Promise<void> | undefined;
  return {
    letGo: () => {
      letGo ??= (async () => {
        shell.ref();
        shell.stdin.end();
        await done;
      })();
      return letGo;
    },
  };
};
