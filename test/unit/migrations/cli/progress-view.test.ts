import { describe, expect, it } from '@jest/globals';
import type { Progress } from '../../../../migrations/backfill/progress.ts';
import type { Output } from '../../../../migrations/cli/output.ts';
import { createProgressView, progressLine } from '../../../../migrations/cli/progress-view.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

const progress = (done: number): Progress => ({
  plan: 'users-to-search',
  activity: 'copying',
  done,
  total: 20_000,
  counts: { written: done, rejected: 1 },
  elapsedMs: 4_000,
  perSecond: 3_000,
  etaMs: 65_000,
});

const outputTo = (lines: unknown[], json: boolean): Output => ({
  json,
  interactive: false,
  line: (text) => lines.push(text),
  result: (value) => lines.push(value),
  warn: () => {},
});

describe('the progress view without a terminal', () => {
  it('prints a line every five seconds, and the last state at the end', async () => {
    const clock = new VirtualClock();
    const lines: string[] = [];
    const view = createProgressView({ output: outputTo(lines, false), clock });
    for (let second = 1; second <= 12; second++) {
      await clock.advance(1_000);
      view.show(progress(second));
    }
    view.end();
    expect(lines.map((line) => line.match(/copying (\d+)/)?.[1])).toEqual(['5', '10', '12']);
  });

  it('prints events, one a second, with --json', async () => {
    const clock = new VirtualClock();
    const events: { event: string; done: number }[] = [];
    const view = createProgressView({ output: outputTo(events, true), clock });
    for (let half = 1; half <= 5; half++) {
      await clock.advance(500);
      view.show(progress(half));
    }
    view.end();
    expect(events.map(({ event, done }) => [event, done])).toEqual([
      ['progress', 2],
      ['progress', 4],
      ['progress', 5],
    ]);
  });

  it('says how far it is, how fast, and how long it will take', () => {
    expect(progressLine(progress(5_000))).toBe(
      'users-to-search: copying 5,000 of 20,000 (25 %), 3,000/s, 1 min 5 s left; written 5,000, rejected 1',
    );
  });
});
