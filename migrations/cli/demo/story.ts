import { setTimeout as delay } from 'node:timers/promises';
import { Ramps } from '../../../proxy/ramp/ramps.ts';
import { BanyanError } from '../../../services/core/index.ts';
import { outboxOf } from '../../../services/outbox/index.ts';
import { startConsumer } from '../backfill-consume.ts';
import { runBackfill } from '../backfill-run.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { withPlan } from '../open-plan.ts';
import type { Output } from '../output.ts';
import { verifyPlan } from '../verify-run.ts';
import { type CanaryParts, killCandidate, rampUp, readAfterRollback, rescuedSoFar } from './canary-act.ts';
import type { ClientErrors } from './client-errors.ts';
import type { CopyCounts, DemoReport } from './demo-report.ts';
import { httpClient } from './http-client.ts';
import type { Ledger } from './ledger.ts';
import { LiveTable } from './live-table.ts';
import type { LocalStage } from './local-stage.ts';
import { lostWrites } from './lost-writes.ts';
import { visitorRequests } from './visitors.ts';

const PLANS = { search: 'users-to-search', profiles: 'users-to-profiles' } as const;

export interface StoryParts {
  readonly context: CommandContext;
  readonly stage: LocalStage;
  readonly report: DemoReport;
  readonly ledger: Ledger;
  readonly errors: ClientErrors;
  readonly visitors: number;
}

/** A command of the toolkit, as the demo runs it: its answer is kept, and what it prints is indented. */
const answerOf = async <T>(
  context: CommandContext,
  command: (context: CommandContext) => Promise<ExitCode>,
): Promise<{ exitCode: ExitCode; answer: T | undefined }> => {
  let answer: T | undefined;
  const { output } = context;
  const kept: Output = {
    ...output,
    interactive: false,
    line: () => {},
    result: (value, text) => {
      answer = value as T;
      for (const line of text.split('\n')) output.line(`  ${line}`);
    },
  };
  const exitCode = await command({ ...context, output: kept });
  return { exitCode, answer };
};

/** Copies what was there before: profiles while their consumer runs, search before its consumer starts. */
export const backfillBoth = async ({ context, report }: StoryParts): Promise<void> => {
  const options = { restart: false, resumeOnly: false };
  await answerOf(context, (it) => startConsumer(it, PLANS.profiles));
  for (const route of ['profiles', 'search'] as const) {
    const { exitCode, answer } = await answerOf<CopyCounts>(context, (it) =>
      runBackfill(it, PLANS[route], options),
    );
    if (exitCode !== EXIT_CODES.ok || !answer) {
      throw new BanyanError('demo-backfill', `the backfill ${PLANS[route]} ended with exit code ${exitCode}`);
    }
    const { read, written, stale, rejected } = answer;
    report.backfill[route] = { read, written, stale, rejected };
  }
  await answerOf(context, (it) => startConsumer(it, PLANS.search));
};

/** Compares both sinks with MongoDB in full. */
export const verifyBoth = async ({ context, report }: StoryParts, when: string): Promise<void> => {
  for (const plan of Object.values(PLANS)) {
    const { exitCode, answer } = await answerOf<{ compared: number; mismatches: number }>(context, (it) =>
      verifyPlan(it, plan, { showValues: false, settleMs: 30_000 }),
    );
    report.verify.push({ when, plan, compared: answer?.compared ?? 0, mismatches: answer?.mismatches ?? 0 });
    if (exitCode !== EXIT_CODES.ok)
      report.failures.push(`verify ${plan} (${when}) ended with exit code ${exitCode}`);
  }
};

/** Dials both routes up under readers, kills what search needs, and watches the dial drop. */
export const canaryActs = async (
  parts: StoryParts,
  phase: (name: string, act: () => Promise<void>) => Promise<void>,
): Promise<void> => {
  const { context, stage, report } = parts;
  const http = httpClient(stage.proxyUrl, 16);
  const table = new LiveTable({
    write: (text) => (context.output.json ? undefined : process.stdout.write(text)),
    rewrites: context.output.interactive,
  });
  const canary: CanaryParts = {
    ...parts,
    ramps: new Ramps({ store: await context.controlStore(), clock: context.clock }),
    adminUrl: stage.adminUrl,
    http,
    table,
    routes: await visitorRequests((await context.mongo()).db),
    concurrency: 2,
    signal: context.interrupted,
  };
  try {
    await phase('canary', () => rampUp(canary));
    await phase('rescue', () => rescueAct(parts, canary));
    report.rescued = await rescuedSoFar(stage.adminUrl);
    if (report.rescued === 0) report.failures.push('the candidate was killed, and no request was rescued');
  } finally {
    http.close();
  }
};

const rescueAct = async ({ context, stage, report }: StoryParts, canary: CanaryParts): Promise<void> => {
  const kill = async () => stage.processes.get('cloudsearch')?.kill();
  const parts = { ...canary, route: 'search', kill };
  const { ended } = (await killCandidate(parts)).happened;
  context.output.line(
    `  the search index was killed; ${ended?.why}: search is back at 0 %, by the ${ended?.by}`,
  );
  const after = await readAfterRollback(parts);
  if (after.candidate > 0)
    report.failures.push(`${after.candidate} requests reached the candidate after the rollback`);
  await stage.startCloudSearch();
};

/** Waits until everything that was published has been applied. */
export const drain = async ({ context, stage }: StoryParts): Promise<void> => {
  const { db } = await context.mongo();
  const outbox = outboxOf(db);
  const deadline = performance.now() + 60_000;
  const isQuiet = async (): Promise<boolean> => {
    const unsent = await outbox.countDocuments({ acknowledgedAt: { $exists: false } }, { limit: 1 });
    const mappings = stage.mappings?.status().mappings ?? [];
    return unsent === 0 && mappings.every((mapping) => mapping.iteratorAgeMs === 0);
  };
  while (!(await isQuiet())) {
    if (performance.now() > deadline) {
      throw new BanyanError('demo-drain', 'the stream was not consumed within a minute of the last write');
    }
    await delay(250, undefined, { signal: context.interrupted });
  }
};

/** Looks every acknowledged write up in MongoDB and in both sinks. */
export const countLostWrites = async ({ context, ledger, report }: StoryParts): Promise<void> => {
  const { db } = await context.mongo();
  const lost = await withPlan(context, PLANS.profiles, (profiles) =>
    withPlan(context, PLANS.search, (search) =>
      lostWrites(ledger, { db, sinks: { [PLANS.profiles]: profiles.store, [PLANS.search]: search.store } }),
    ),
  );
  report.acknowledgedWrites = ledger.acknowledged;
  report.lostWrites = lost.length;
  report.failures.push(...lost.slice(0, 5));
};
