import { writeFile } from 'node:fs/promises';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Figure } from './figure.ts';
import { describeMachine } from './machine.ts';
import { type Report, reportTable } from './report.ts';

/** A bench's sizes by name, each a whole number: `{ events: 50_000 }` becomes `--events 50000`. */
export type Sizes = { readonly [name: string]: number };

export interface Bench<S extends Sizes> {
  /** `relay`, for `npm run bench:relay`. */
  readonly name: string;
  /** How often each contender runs, unless `--rounds` says otherwise. */
  readonly rounds: number;
  /** The sizes that options may change, with their defaults. */
  readonly sizes: S;
  /** Names of parts that `--only` may pick; all of them otherwise. */
  readonly parts?: readonly string[];
  measure(run: BenchRun<S>): Promise<readonly Figure[]>;
}

export interface BenchRun<S extends Sizes> {
  readonly rounds: number;
  readonly sizes: { readonly [name in keyof S]: number };
  /** Whether `--only` leaves this part in. */
  wants(part: string): boolean;
  /** Says, on standard error, what goes on. */
  readonly say: (line: string) => void;
}

/**
 * The whole of a bench's entry point: parses `--rounds N`, `--only PART`, `--json FILE` and the sizes, measures,
 * prints one table, and writes the report where it is asked to. Exits 0 whatever passes, and 1 when it could not
 * be measured.
 */
export const runBench = async <S extends Sizes>(bench: Bench<S>): Promise<Report> => {
  const { values } = parseArgs({ options: optionsOf(bench), allowPositionals: false });
  const { rounds, only, json, ...given } = values as { [name: string]: string | undefined };
  if (only !== undefined && !bench.parts?.includes(only)) {
    throw new Error(`--only takes one of: ${bench.parts?.join(', ') ?? 'nothing'}`);
  }
  const machine = describeMachine();
  const count = wholeNumber('rounds', rounds ?? String(bench.rounds));
  const figures = await bench.measure({
    rounds: count,
    sizes: mapSizes(bench.sizes, (name, value) => wholeNumber(name, given[name] ?? String(value))),
    wants: (part) => only === undefined || only === part,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const report: Report = { name: bench.name, machine, rounds: count, figures };
  process.stdout.write(`${reportTable(report)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  return report;
};

const optionsOf = <S extends Sizes>(bench: Bench<S>): ParseArgsOptionsConfig =>
  Object.fromEntries(
    ['rounds', 'only', 'json', ...Object.keys(bench.sizes)].map((name) => [name, { type: 'string' }]),
  );

const mapSizes = <S extends Sizes>(sizes: S, map: (name: string, value: number) => number) =>
  Object.fromEntries(Object.entries(sizes).map(([name, value]) => [name, map(name, value)])) as {
    readonly [name in keyof S]: number;
  };

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a whole number above 0, not ${text}`);
};
