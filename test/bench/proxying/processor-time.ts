import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Clock ticks a second, in which the kernel counts. */
const TICKS = 100;

/** Processor time that a process has taken so far, in microseconds, kernel included. */
export const processorMicros = (pid: number): number => {
  // The name, in parentheses, may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS;
};

/** Resident memory of a process now, in MiB. */
export const residentMib = (pid: number): number => {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
};

/** Whether processes can be kept on processors of their own: two, and util-linux's `taskset`. */
export const canPin = (): boolean =>
  availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Keeps all threads of a process on one processor. */
export const pin = (pid: number, processor: number): void => {
  execFileSync('taskset', ['-a', '-p', '-c', String(processor), String(pid)], { stdio: 'ignore' });
};
