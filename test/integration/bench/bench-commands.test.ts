import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const BENCH = resolve(import.meta.dirname, '../../bench');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-bench-'));
});
afterAll(() => rm(folder, { recursive: true }));

const runBench = async (name: string, ...options: string[]) => {
  const json = join(folder, `${name}.json`);
  const args = [
    '--disable-warning=ExperimentalWarning',
    join(BENCH, `${name}.ts`),
    '--json',
    json,
    ...options,
  ];
  const bench = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  bench.stdout.on('data', (part) => {
    stdout += part;
  });
  const [code] = await once(bench, 'close');
  expect(code).toBe(0);
  return { stdout, report: JSON.parse(await readFile(json, 'utf8')) };
};

describe('a bench, at its smallest', () => {
  it.each([
    ['relay', ['--events', '200', '--emulator-events', '200', '--keys', '50'], 'relay, on the emulator'],
    [
      'lag',
      ['--writes-per-second', '20', '--seconds', '1', '--warm-up-seconds', '1', '--users', '10'],
      'p99 from commit to Kinesis',
    ],
    ['memory', ['--events', '300', '--keys', '50'], 'peak RSS by 300 events'],
    ['outbox', ['--writes', '20'], 'p50 with the outbox'],
    ['backfill', ['--only', 'instant', '--items', '100'], 'the store, processor time'],
    ['backfill', ['--only', 'read', '--documents', '100'], 'a backfill that picks fields'],
    [
      'backfill',
      ['--only', 'copy', '--documents', '100', '--few-documents', '10'],
      'peak memory, picking fields',
    ],
  ])(
    '%s %j prints its figures and writes them down',
    async (name, sizes, figure) => {
      const { stdout, report } = await runBench(name, '--rounds', '1', ...sizes);
      expect(stdout).toContain(figure);
      expect(report).toEqual({
        name,
        machine: expect.objectContaining({ processors: expect.any(String), node: process.version }),
        rounds: 1,
        figures: expect.arrayContaining([expect.objectContaining({ figure, value: expect.any(Number) })]),
      });
      for (const line of report.figures) {
        expect(Object.keys(line)).toEqual(['figure', 'value', 'unit', 'against', 'ratio', 'goal', 'pass']);
      }
    },
    60_000,
  );
});
