import type { Figure } from './figure.ts';
import type { Machine } from './machine.ts';

/** What a bench found, as `--json` writes it. */
export interface Report {
  readonly name: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly figures: readonly Figure[];
}

const HEADERS = ['figure', 'median', 'unit', 'against', 'ratio', 'goal', 'pass'];

/** A report as one table for a person. */
export const reportTable = ({ name, machine, rounds, figures }: Report): string => {
  const { processors, memoryGib, system, node, loadBefore } = machine;
  const rows = [HEADERS, ...figures.map(cells)];
  const widths = HEADERS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const place = `${processors}, ${memoryGib} GiB, ${system}, Node ${node}, load ${loadBefore.toFixed(2)} before`;
  return [`${name}: ${rounds} rounds on ${place}`, '', lines[0], rule, ...lines.slice(1), ''].join('\n');
};

const cells = ({ figure, value, unit, against, ratio, goal, pass }: Figure): string[] => [
  figure,
  number(value),
  unit,
  against ?? '',
  ratio === null ? '' : number(ratio),
  goal ?? '',
  pass === null ? '' : pass ? 'yes' : 'NO',
];

/** Three digits that matter, and no fractions of large numbers. */
const number = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
