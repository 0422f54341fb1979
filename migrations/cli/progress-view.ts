import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { formatDuration } from '../../services/core/format-duration.ts';
import type { Clock } from '../../services/core/index.ts';
import type { Progress } from '../backfill/progress.ts';
import { formatNumber } from './format.ts';
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
  const slowed = progress.throttle === undefined ? '' : `; waiting: ${progress.throttle}`;
  const counted = counts.length === 0 ? '' : `; ${counts.join(', ')}`;
  return `${plan}: ${activity} ${formatNumber(done)} of ${formatNumber(total)} (${percent} %), ${rate}${eta}${counted}${slowed}`;
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

/** One bar for the whole, and one for each partition that is under way: as many as a screen has room for. */
const PARTITION_BARS = 12;

const barView = (): ProgressView => {
  const bars = new MultiBar(
    {
      format: '{activity} {bar} {percentage} % | {value}/{total}{rest}',
      hideCursor: true,
      gracefulExit: false,
      stream: process.stdout,
    },
    Presets.shades_classic,
  );
  const byName = new Map<string, SingleBar>();
  const draw = (name: string, part: { done: number; total: number }, payload: object): void => {
    const bar = byName.get(name) ?? bars.create(part.total, 0, payload);
    byName.set(name, bar);
    bar.setTotal(part.total);
    bar.update(part.done, payload);
  };
  return {
    show: (progress) => {
      // What has partitions is one piece of work, whatever it does at the moment.
      const name = progress.partitions ? progress.plan : progress.activity;
      draw(name, progress, { activity: progress.activity.padEnd(14), rest: restOf(progress) });
      const shown = underWay(progress);
      for (const part of shown) draw(part.id, part, { activity: `  ${part.id}`.padEnd(14), rest: '' });
      for (const { id } of progress.partitions ?? []) {
        const bar = byName.get(id);
        if (!bar || shown.some((part) => part.id === id)) continue;
        bars.remove(bar);
        byName.delete(id);
      }
    },
    end: () => bars.stop(),
  };
};

/** The partitions that are worth a bar. */
const underWay = ({ partitions = [] }: Progress) =>
  partitions.filter(({ state, total }) => state === 'copying' && total > 0).slice(0, PARTITION_BARS);

const restOf = ({ perSecond, etaMs, counts, throttle }: Progress): string => {
  const left = etaMs === undefined ? 'estimating' : `${formatDuration(etaMs)} left`;
  const counted = Object.entries(counts).map(([name, count]) => `${name} ${formatNumber(count)}`);
  const parts = [`${formatNumber(Math.round(perSecond))}/s`, left, counted.join(', ')];
  return ` | ${[...parts, ...(throttle === undefined ? [] : [`waiting: ${throttle}`])].join(' | ')}`;
};
