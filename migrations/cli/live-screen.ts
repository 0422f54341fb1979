import type { Clock } from '../../services/core/index.ts';
import type { Output } from './output.ts';

const LINES_EVERY_MS = 5_000;

/** A part of what is shown: a value for programs, and lines for people. */
export interface Shown {
  readonly value: unknown;
  readonly lines: readonly string[];
}

/** Shows what changes: rewritten in place on a terminal, lines now and then elsewhere, events with `--json`. */
export interface LiveScreen {
  show(parts: readonly Shown[]): void;
  end(): void;
}

export const liveScreen = ({ output, clock }: { output: Output; clock: Clock }): LiveScreen => {
  let drawn = 0;
  let printedAtMs = Number.NEGATIVE_INFINITY;
  const print = (parts: readonly Shown[]) => {
    for (const { value, lines } of parts) output.result(value, lines.join('\n'));
  };
  const redraw = (lines: readonly string[]) => {
    const columns = process.stdout.columns || 80;
    const rows = lines.map((line) => `${[...line].slice(0, columns - 1).join('')}\u001b[K\n`);
    process.stdout.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}${rows.join('')}\u001b[J`);
    drawn = rows.length;
  };
  return {
    show: (parts) => {
      if (output.json) return print(parts);
      if (output.interactive) return redraw(parts.flatMap(({ lines }) => lines));
      if (clock.nowMs() - printedAtMs < LINES_EVERY_MS) return;
      printedAtMs = clock.nowMs();
      print(parts);
    },
    end: () => {
      drawn = 0;
    },
  };
};
