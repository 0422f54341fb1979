import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DemoReport } from '../../migrations/cli/demo/demo-report.ts';

const MAIN = ['--disable-warning=ExperimentalWarning', 'migrations/cli/main.ts'];

/** Processes whose environment names `marker`: what a demo started inherits it. */
const started = async (marker: string): Promise<string[]> => {
  const script = `grep -lsz '^BANYAN_MARKER=${marker}$' /proc/[0-9]*/environ || true`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script]);
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('/self/'));
};

describe('the demo', () => {
  let folder = '';
  let report: DemoReport;
  let exitCode: number | null = null;
  let told = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-e2e-'));
    const file = join(folder, 'story.json');
    const args = [...MAIN, 'demo', '--users', '500', '--visitors', '400', '--writes', '10', '--json', file];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        told += chunk.toString();
      });
    }
    [exitCode] = (await once(child, 'close')) as [number | null];
    report = JSON.parse(await readFile(file, 'utf8')) as DemoReport;
  }, 300_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ends well, and says so', () => {
    expect({ exitCode, failures: report.failures, told }).toMatchObject({ exitCode: 0, failures: [] });
    expect(told).toContain('Everything holds.');
    expect(report.ok).toBe(true);
  });

  it('copies everybody into both sinks', () => {
    for (const counts of [report.backfill.search, report.backfill.profiles]) {
      expect(counts?.rejected).toBe(0);
      expect(counts?.read).toBeGreaterThanOrEqual(500);
    }
  });

  it('finds no difference, neither while users write nor after', () => {
    expect(report.verify).toHaveLength(4);
    for (const { compared, mismatches } of report.verify) {
      expect(mismatches).toBe(0);
      expect(compared).toBeGreaterThan(400);
    }
  });

  it('dials both routes from 1 to 100 %, and search back to 0 after its index was killed', () => {
    const weights = (route: string) =>
      report.canary.filter((s) => s.route === route).map((s) => s.weightPercent);
    expect(weights('profiles')).toEqual([1, 5, 25, 50, 100]);
    expect(weights('search')).toEqual([1, 5, 25, 50, 100, 0]);
    expect(report.canary.find((s) => s.weightPercent === 100)?.share).toBe(100);
    expect(report.canary.at(-1)).toMatchObject({ route: 'search', weightPercent: 0, share: 0 });
    expect(report.rescued).toBeGreaterThan(0);
  });

  it('loses no acknowledged write, and shows no client an error of ours', () => {
    expect(report.acknowledgedWrites).toBeGreaterThan(0);
    expect({ lost: report.lostWrites, errors: report.clientErrors5xx }).toEqual({ lost: 0, errors: 0 });
  });
});

describe('a demo that is interrupted', () => {
  it('stops everything it started', async () => {
    const marker = `interrupted-${process.pid}-${Date.now()}`;
    const child = spawn(process.execPath, [...MAIN, 'demo', '--users', '200'], {
      env: { ...process.env, BANYAN_MARKER: marker },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    const serving = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.includes('backfill')) resolve();
      });
    });
    await serving;
    expect((await started(marker)).length).toBeGreaterThan(4);
    child.kill('SIGINT');
    const [exitCode] = (await once(child, 'close')) as [number | null];
    expect({ exitCode, left: await started(marker) }).toEqual({ exitCode: 130, left: [] });
  }, 120_000);
});
