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

/** The command line is not one that the bench takes. */
class BenchUsageError extends Error {}

/**
 * The whole of a bench's entry point: parses `--help`, `--rounds N`, `--only PART`, `--json FILE` and the sizes, measures,
 * prints one table, and writes the report where it is asked to. Exits 0 whatever passes, and 1 when it could not
 * be measured.
 */
export const runBench = async <S extends Sizes>(bench: Bench<S>): Promise<Report | undefined> => {
  try {
    return await measure(bench, given(bench));
  } catch (thrown) {
    if (!(thrown instanceof BenchUsageError)) throw thrown;
    process.stderr.write(`${thrown.message}\n${usage(bench)}`);
    process.exitCode = 2;
    return undefined;
  }
};

const given = <S extends Sizes>(
  bench: Bench<S>,
): { readonly [name: string]: string | boolean | undefined } => {
  try {
    return parseArgs({ options: optionsOf(bench) }).values as {
      [name: string]: string | boolean | undefined;
    };
  } catch (cause) {
    throw new BenchUsageError((cause as Error).message, { cause });
  }
};

const usage = <S extends Sizes>({ name, rounds, sizes, parts }: Bench<S>): string => {
  const options = Object.entries({ rounds, ...sizes }).map(([size, value]) => `  --${size} N (${value})`);
  const only = parts ? [`  --only ${parts.join(' | ')}`] : [];
  return [`usage: npm run bench:${name} -- [options]`, ...options, ...only, '  --json FILE', ''].join('\n');
};

const measure = async <S extends Sizes>(
  bench: Bench<S>,
  { help, rounds, only, json, ...given }: { readonly [name: string]: string | boolean | undefined },
): Promise<Report | undefined> => {
  if (help) {
    process.stdout.write(usage(bench));
    return undefined;
  }
  if (only !== undefined && !bench.parts?.includes(String(only))) {
    throw new BenchUsageError(`--only takes one of: ${bench.parts?.join(', ') ?? 'nothing'}`);
  }
  const machine = describeMachine();
  const count = wholeNumber('rounds', String(rounds ?? bench.rounds));
  const figures = await bench.measure({
    rounds: count,
    sizes: mapSizes(bench.sizes, (name, value) => wholeNumber(name, String(given[name] ?? value))),
    wants: (part) => only === undefined || only === part,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const report: Report = { name: bench.name, machine, rounds: count, figures };
  process.stdout.write(`${reportTable(report)}\n`);
  if (json !== undefined) await writeFile(String(json), `${JSON.stringify(report, null, 2)}\n`);
  return report;
};

const optionsOf = <S extends Sizes>(bench: Bench<S>): ParseArgsOptionsConfig => ({
  help: { type: 'boolean' },
  ...Object.fromEntries(
    ['rounds', 'only', 'json', ...Object.keys(bench.sizes)].map((name) => [name, { type: 'string' }]),
  ),
});

const mapSizes = <S extends Sizes>(sizes: S, map: (name: string, value: number) => number) =>
  Object.fromEntries(Object.entries(sizes).map(([name, value]) => [name, map(name, value)])) as {
    readonly [name in keyof S]: number;
  };

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new BenchUsageError(`--${name} takes a whole number above 0, not ${text}`);
};
