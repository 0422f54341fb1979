import { ControlCheckpointStore } from '../backfill/checkpoints/control-checkpoint-store.ts';
import type { Orders } from '../backfill/orders.ts';
import { runProgress } from '../backfill/run-progress.ts';
import { runReport } from '../backfill/run-report.ts';
import { loadView, type RunView, statusOf, workersOf } from '../backfill/run-view.ts';
import { rateText } from '../backfill/throttle/rate.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import { planOf } from './open-plan.ts';
import { progressLine } from './progress-view.ts';

/** `backfill status`: the plan's newest run, as those who work on it saved it within the last second or two. */
export const showStatus = async (context: CommandContext, plan: string): Promise<ExitCode> => {
  planOf(await context.config(), plan);
  const checkpoints = new ControlCheckpointStore({ control: await context.controlStore() });
  const view = await loadView(checkpoints, plan);
  if (!view)
    context.output.result(
      { plan, status: 'never-run' },
      `${plan} was never copied: begin with \`banyan backfill run ${plan}\``,
    );
  else {
    const nowMs = context.clock.nowMs();
    context.output.result(runReport(view, nowMs), describe(view, nowMs));
  }
  return EXIT_CODES.ok;
};

const describe = (view: RunView, nowMs: number): string => {
  const { run, partitions } = view;
  const lines = [
    progressLine(runProgress(view, nowMs)),
    `  run        ${run.id}, ${statusOf(view)}`,
    `  began      ${iso(run.startedAtMs)}, source at ${run.sourcePosition}`,
    `  partitions ${partitions.filter(({ done }) => done).length} of ${partitions.length} done`,
    ...workersOf(view).map(
      ({ name, sinceMs, savedAtMs, perSecond }) =>
        `  worker     ${name} since ${iso(sinceMs)}, ${formatNumber(Math.round(perSecond))}/s, heard of ${Math.max(0, Math.round((nowMs - savedAtMs) / 1_000))} s ago`,
    ),
    ...ordersOf(run.orders).map((line) => `  ordered    ${line}`),
  ];
  if (run.filter) lines.push(`  only       ${run.filter}`);
  if (run.replayFromMs) lines.push(`  replay     from ${iso(run.replayFromMs)}`);
  const next = nextStep(view, nowMs);
  if (next) lines.push(`  next       ${next}`);
  return lines.join('\n');
};

/** Workers save every second, and take over from each other after ten. */
const SILENT_MS = 15_000;

/** What to do about a run that nobody works on, or nobody seems to; `undefined` for one that goes on or is over. */
export const nextStep = (view: RunView, nowMs: number): string | undefined => {
  if (view.run.ended) return undefined;
  const resume = `\`banyan backfill resume ${view.run.plan}\` goes on`;
  const heardAtMs = Math.max(...workersOf(view).map(({ savedAtMs }) => savedAtMs));
  if (statusOf(view) === 'stopped') return resume;
  return nowMs - heardAtMs < SILENT_MS ? undefined : `whoever worked on it is silent: if it died, ${resume}`;
};

const ordersOf = ({ paused, rate, concurrency }: Orders): string[] => [
  ...(paused ? [`paused by ${paused.by} at ${iso(paused.atMs)}`] : []),
  ...(rate ? [`at most ${rateText(rate)} by ${rate.by} at ${iso(rate.atMs)}`] : []),
  ...(concurrency
    ? [
        `${concurrency.floor} to ${concurrency.ceiling} batches at once by ${concurrency.by} at ${iso(concurrency.atMs)}`,
      ]
    : []),
];

const iso = (ms: number): string => new Date(ms).toISOString();
