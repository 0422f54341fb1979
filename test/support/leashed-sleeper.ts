/** Starts an engine that only sleeps, prints its process id and its folder, and then waits to be killed. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngineProcess } from '../../infra/local/engines/engine-process.ts';

const folder = await mkdtemp(join(tmpdir(), 'banyan-sleeper-'));
let pid = 0;
await startEngineProcess({
  program: '/bin/sh',
  // A child of its own, as the emulator's Lambdas are.
  args: ['-c', 'sleep 600 & echo $$ > pid; wait'],
  env: { PATH: process.env.PATH },
  cwd: folder,
  logFile: join(folder, 'log'),
  graceMs: 0,
  removeFolder: folder,
  ready: async () => {
    while (!pid) pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
  },
  lastWords: async () => undefined,
});
process.stdout.write(`${JSON.stringify({ pid, folder })}\n`);
setInterval(() => {}, 1_000);
