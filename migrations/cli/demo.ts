import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { messageOf } from '../../services/core/index.ts';
import type { AddCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { ClientErrors } from './demo/client-errors.ts';
import { type DemoReport, emptyReport } from './demo/demo-report.ts';
import { httpClient } from './demo/http-client.ts';
import { Ledger } from './demo/ledger.ts';
import { LocalStage } from './demo/local-stage.ts';
import { PeakMemory } from './demo/peak-memory.ts';
import {
  backfillBoth,
  canaryActs,
  countLostWrites,
  drain,
  type StoryParts,
  verifyBoth,
} from './demo/story.ts';
import { ACTORS, someUsers } from './demo/visitors.ts';
import { WriterLoad } from './demo/writer-load.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatDuration } from './format.ts';
import { createOutput } from './output.ts';

interface DemoFlags {
  readonly users: number;
  readonly visitors: number;
  readonly writes: number;
  readonly keep: boolean;
}

/** Adds `banyan demo`. */
export const addDemo: AddCommand = (program, run) => {
  program
    .command('demo')
    .description('Take user search and profiles out of a living monolith, here and now, on real engines.')
    .option('--users <n>', 'users that were there before', count, 20_000)
    .option('--visitors <n>', 'distinct readers per step and route', count, 10_000)
    .option('--writes <n>', 'writes per second, the whole time', count, 25)
    .option('--keep', 'leave everything running at the end, and say where', false)
    .argument('[file]', 'with --json: where the whole story is written')
    .action((file: string | undefined, flags: DemoFlags) =>
      run((context) => demo(toldIn(context, file), flags, file)),
    );
};

/** `--json FILE` writes the story down and still tells it. */
const toldIn = (context: CommandContext, file: string | undefined): CommandContext =>
  file === undefined ? context : { ...context, output: createOutput({ json: false }) };

const count = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 2_000_000) return value;
  throw new InvalidArgumentError('a whole number from 1 to 2,000,000');
};

const demo = async (
  context: CommandContext,
  flags: DemoFlags,
  file: string | undefined,
): Promise<ExitCode> => {
  const { output } = context;
  const startedAtMs = performance.now();
  const report = emptyReport(flags.users);
  const folder = await mkdtemp(join(tmpdir(), 'banyan-demo-'));
  const stage = new LocalStage({
    folder,
    log: (line) => output.line(pc.dim(`  ${line}`)),
    signal: context.interrupted,
  });
  try {
    await play({ context, stage, report, flags });
    report.elapsedMs = Math.round(performance.now() - startedAtMs);
    report.ok = report.failures.length === 0;
    tell(context, report);
    if (file) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
    if (flags.keep) await keepRunning(context, stage);
    return report.ok ? EXIT_CODES.ok : EXIT_CODES.failed;
  } finally {
    await stage.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

type Play = { context: CommandContext; stage: LocalStage; report: DemoReport; flags: DemoFlags };

const play = async ({ context, stage, report, flags }: Play): Promise<void> => {
  const memory = new PeakMemory(stage);
  const phase = phases(context, report);
  const parts: StoryParts = {
    context,
    stage,
    report,
    ledger: new Ledger(),
    errors: new ClientErrors(),
    visitors: flags.visitors,
  };
  await phase('engines', () => stage.startEngines());
  Object.assign(process.env, stage.variables);
  let password = '';
  await phase('seed', async () => {
    password = (await stage.seed(flags.users)).password;
  });
  await phase('deploy', () => stage.deploy());
  await phase('start', () => stage.startServices());
  Object.assign(process.env, stage.variables);
  stage.startMappings();
  memory.start();
  await whileWriting(parts, { password, writesPerSecond: flags.writes }, async () => {
    await phase('backfill', () => backfillBoth(parts));
    await phase('verify', () => verifyBoth(parts, 'after the backfill'));
    await canaryActs(parts, phase);
  });
  await phase('drain', () => drain(parts));
  await phase('verify again', () => verifyBoth(parts, 'after the writers stopped'));
  await phase('lost writes', () => countLostWrites(parts));
  memory.stop();
  report.peakMemoryMiB = memory.peakMiB;
  report.clientErrors5xx = parts.errors.count;
  report.failures.push(...parts.errors.samples.map((sample) => `clients saw ${sample}`));
};

/** Keeps users writing while the acts go on. */
const whileWriting = async (
  { context, stage, ledger, errors, report }: StoryParts,
  options: { password: string; writesPerSecond: number },
  acts: () => Promise<void>,
): Promise<void> => {
  const { db } = await context.mongo();
  const http = httpClient(stage.proxyUrl, 16);
  const followable = (await someUsers(db, ACTORS, 500)).map((user) => user._id.toHexString());
  const sleep = context.clock.sleep;
  const { writesPerSecond } = options;
  const load = new WriterLoad({
    http,
    ledger,
    errors,
    random: Math.random,
    writesPerSecond,
    followable,
    sleep,
  });
  for (const { username } of await someUsers(db, 0, ACTORS)) await load.signIn(username, options.password);
  const over = new AbortController();
  const writing = load.run(over.signal);
  try {
    await acts();
  } finally {
    over.abort();
    await writing;
    http.close();
  }
  report.failures.push(...load.refused.map((refusal) => `a write was refused: ${refusal}`));
  if (ledger.acknowledged === 0) report.failures.push('no write was acknowledged');
};

/** Runs acts one after the other, says how long each took, and puts it down. */
const phases =
  ({ output, interrupted }: CommandContext, report: DemoReport) =>
  async (name: string, act: () => Promise<void>): Promise<void> => {
    interrupted.throwIfAborted();
    output.line(pc.bold(name));
    const startedAtMs = performance.now();
    await act();
    const ms = Math.round(performance.now() - startedAtMs);
    report.phases.push({ name, ms });
    output.line(pc.dim(`  ${formatDuration(ms)}`));
  };

const tell = ({ output }: CommandContext, report: DemoReport): void => {
  const verdict = report.ok ? pc.green('Everything holds.') : pc.red('Not everything holds:');
  const lines = [
    '',
    `${verdict} ${report.acknowledgedWrites} acknowledged writes, ${report.lostWrites} lost; ${report.clientErrors5xx} server errors seen by clients; ${report.rescued} requests rescued; ${formatDuration(report.elapsedMs)}, ${report.peakMemoryMiB} MiB at the most.`,
    ...report.failures.map((failure) => `  - ${failure}`),
  ];
  output.result(report, lines.join('\n'));
};

const keepRunning = async ({ output, interrupted }: CommandContext, stage: LocalStage): Promise<void> => {
  const exports = Object.entries(stage.variables).map(([name, value]) => `export ${name}='${value}'`);
  output.line(
    `\nStill running: the proxy on ${stage.proxyUrl}, its metrics on ${stage.adminUrl}/metrics. For other terminals:\n`,
  );
  output.line(exports.join('\n'));
  output.line('\nCtrl-C stops everything.');
  if (!interrupted.aborted) await once(interrupted, 'abort').catch((error: unknown) => messageOf(error));
};
