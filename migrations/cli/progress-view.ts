import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Clock } from '../../services/core/index.ts';
import type { Progress } from '../backfill/progress.ts';
import { formatDuration, formatNumber } from './format.ts';
import type { Output } from './output.ts';

const LINE_EVERY_MS = 5_000;
const EVENT_EVERY_MS = 1_000;

/** Shows progress: a bar on a terminal, a line now and then elsewhere, events with `--json`. */
export interface ProgressView {
  show(progress: Progress): void;
  /** Shows the last state and lets go of the terminal. */
  end(): void;
}

export const createProgressView = (options: { output: Output; clock: Clock }): ProgressView => {
  const { output, clock } = options;
  if (output.interactive) return barView();
  if (!output.json) return everyView(clock, LINE_EVERY_MS, (progress) => output.line(progressLine(progress)));
  return everyView(clock, EVENT_EVERY_MS, (progress) =>
    output.result({ event: 'progress', ...progress }, ''),
  );
};

/** Progress as a sentence. */
export const progressLine = ({ plan, activity, done, total, ...progress }: Progress): string => {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  const counts = Object.entries(progress.counts).map(([name, count]) => `${name} ${formatNumber(count)}`);
  const eta = progress.etaMs === undefined ? '' : `, ${formatDuration(progress.etaMs)} left`;
  const rate = `${formatNumber(Math.round(progress.perSecond))}/s`;
  return `${plan}: ${activity} ${formatNumber(done)} of ${formatNumber(total)} (${percent} %), ${rate}${eta}; ${counts.join(', ')}`;
};

const everyView = (clock: Clock, everyMs: number, print: (progress: Progress) => void): ProgressView => {
  let printedAtMs = clock.nowMs();
  let unprinted: Progress | undefined;
  return {
    show: (progress) => {
      unprinted = progress;
      if (clock.nowMs() - printedAtMs < everyMs) return;
      printedAtMs = clock.nowMs();
      unprinted = undefined;
      print(progress);
    },
    end: () => {
      if (unprinted) print(unprinted);
      unprinted = undefined;
    },
  };
};

const barView = (): ProgressView => {
  const bars = new MultiBar(
    {
      format: '{activity} {bar} {percentage} % | {value}/{total} | {rate}/s | {left} | {counts}',
      hideCursor: true,
      gracefulExit: false,
      stream: process.stdout,
    },
    Presets.shades_classic,
  );
  const byActivity = new Map<string, SingleBar>();
  return {
    show: (progress) => {
      const bar = byActivity.get(progress.activity) ?? bars.create(progress.total, 0, barPayload(progress));
      byActivity.set(progress.activity, bar);
      bar.setTotal(progress.total);
      bar.update(progress.done, barPayload(progress));
    },
    end: () => bars.stop(),
  };
};

const barPayload = ({ activity, perSecond, etaMs, counts }: Progress) => ({
  activity,
  rate: formatNumber(Math.round(perSecond)),
  left: etaMs === undefined ? 'estimating' : `${formatDuration(etaMs)} left`,
  counts: Object.entries(counts)
    .map(([name, count]) => `${name} ${formatNumber(count)}`)
    .join(', '),
});
