import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { formatDuration } from '../../../services/core/format-duration.ts';
import { messageOf } from '../../../services/core/index.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { explain } from '../failures.ts';
import { createOutput } from '../output.ts';
import { ClientErrors } from './client-errors.ts';
import { type DemoReport, emptyReport } from './demo-report.ts';
import { httpClient } from './http-client.ts';
import { Ledger } from './ledger.ts';
import { LocalStage } from './local-stage.ts';
import { PeakMemory } from './peak-memory.ts';
import { backfillBoth, canaryActs, countLostWrites, drain, type StoryParts, verifyBoth } from './story.ts';
import { ACTORS, someUsers } from './visitors.ts';
import { WriterLoad } from './writer-load.ts';

export interface DemoFlags {
  readonly users: number;
  readonly visitors: number;
  readonly writes: number;
  readonly keep: boolean;
}

/** `--json FILE` writes the story down and still tells it. */
const toldIn = (context: CommandContext, file: string | undefined): CommandContext =>
  file === undefined ? context : { ...context, output: createOutput({ json: false }) };

/** Plays the whole road, tells it, and cleans up. `file` receives the story, also one that ended badly. */
export const demo = async (
  given: CommandContext,
  flags: DemoFlags,
  file: string | undefined,
): Promise<ExitCode> => {
  const context = toldIn(given, file);
  const { output, interrupted } = context;
  const report = emptyReport(flags.users);
  const folder = await mkdtemp(join(tmpdir(), 'banyan-demo-'));
  const log = (line: string) => output.line(pc.dim(`  ${line}`));
  const stage = new LocalStage({ folder, log, signal: interrupted });
  try {
    await playAndReport({ context, stage, report, flags }, file);
    tell(context, report);
    if (flags.keep) await keepRunning(context, stage);
    return report.ok ? EXIT_CODES.ok : EXIT_CODES.failed;
  } finally {
    await stage.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

type Play = { context: CommandContext; stage: LocalStage; report: DemoReport; flags: DemoFlags };

const playAndReport = async (parts: Play, file: string | undefined): Promise<void> => {
  const { report } = parts;
  const startedAtMs = performance.now();
  try {
    await play(parts);
  } catch (thrown) {
    report.failures.push(explain(thrown));
    throw thrown;
  } finally {
    report.elapsedMs = Math.round(performance.now() - startedAtMs);
    report.ok = report.failures.length === 0;
    if (file) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  }
};

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
  const { writesPerSecond } = options;
  const load = new WriterLoad({
    http,
    ledger,
    errors,
    random: Math.random,
    writesPerSecond,
    followable,
    clock: context.clock,
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
