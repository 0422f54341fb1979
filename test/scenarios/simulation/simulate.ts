import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { describeMachine } from '../../bench/machine.ts';
import { wholeNumber } from '../../support/whole-number.ts';
import { checkSchedules } from './check-schedules.ts';
import { type Hunted, huntMutants } from './hunt-mutants.ts';
import { runSchedule } from './world.ts';

interface Given {
  readonly schedules: number;
  readonly seed: number;
  readonly path?: string;
  readonly sweeper: boolean;
  readonly mutants: boolean;
  readonly json?: string;
}

const TELL_EVERY_MS = 5_000;

/** Fails when an invariant was broken, or when a mutant got away. */
const main = async (): Promise<void> => {
  // Nobody looks at the errors of a simulated network, and a tenth of the time went into their stacks.
  Error.stackTraceLimit = 0;
  const given = program().parse().opts<Given>();
  const ok = given.mutants ? await hunt(given) : await check(given);
  process.exitCode = ok ? 0 : 1;
};

const program = (): Command =>
  new Command('npm run simulate --')
    .description(
      'Runs the shipped relay, capture, consumers, mapping and backfill over memory, under a virtual clock and ' +
        'every fault that a seed leads to; then everything heals, and every projection must be what the source says.',
    )
    .option(
      '--schedules <n>',
      'how many schedules to run, or to try on each mutant at most',
      wholeNumber,
      5_000,
    )
    .option('--seed <n>', 'the same seed gives the same schedules', wholeNumber, 7)
    .option(
      '--path <path>',
      'of a counterexample: runs that schedule alone, and tells everything that happens',
    )
    .option('--no-sweeper', 'without the sweeper, and without what only a sweeper can mend')
    .option('--mutants', 'run known-bad variants instead: each has to be caught', false)
    .option('--json <file>', 'write the result there, too')
    .addHelpText('after', '\nExits 1 when an invariant is broken, or a mutant gets away.');

const check = async ({ schedules, seed, path, sweeper, json }: Given): Promise<boolean> => {
  const told = progress(path === undefined ? schedules : 1);
  const withoutSweeper = !sweeper;
  const onSchedule = () => told.one();
  const result = await checkSchedules({ schedules, seed, path, withoutSweeper, onSchedule });
  const { counterexample } = result;
  if (counterexample) {
    if (path !== undefined) {
      await runSchedule(counterexample.schedule, { withoutSweeper, note: (line) => say(line) });
    }
    say(`\n${JSON.stringify(counterexample.schedule, null, 2)}\n`);
    for (const violation of counterexample.violations) say(`broken: ${violation}`);
    const options = withoutSweeper ? ' --no-sweeper' : '';
    say(`again: npm run simulate -- --seed ${seed} --path ${counterexample.path}${options}`);
  }
  const word = counterexample ? 'the last one broke an invariant' : 'every invariant held';
  say(`${result.schedules} schedules of seed ${seed} in ${told.seconds()} s: ${word}`);
  await write(json, { name: 'simulate', seed, seconds: told.seconds(), ...result });
  return !counterexample;
};

const hunt = async ({ schedules, seed, json }: Given): Promise<boolean> => {
  const told = progress(0);
  const hunted: Hunted[] = [];
  say(`${'mutant'.padEnd(30)}${'caught after'.padEnd(16)}what it does, and what it broke`);
  for await (const one of huntMutants({ schedules, seed })) {
    hunted.push(one);
    const after = one.schedules === undefined ? 'NOT CAUGHT' : `${one.schedules} schedules`;
    say(`${one.mutant.name.padEnd(30)}${after.padEnd(16)}${one.mutant.story}`);
    if (one.violation) say(`${''.padEnd(46)}${one.violation}`);
  }
  const caught = hunted.filter((one) => one.schedules !== undefined).length;
  say(`${caught} of ${hunted.length} mutants caught with seed ${seed} in ${told.seconds()} s`);
  await write(json, { name: 'mutants', seed, seconds: told.seconds(), mutants: hunted });
  return caught === hunted.length;
};

/** Tells how far it is every few seconds, on standard error. */
const progress = (schedules: number) => {
  const beganAtMs = Date.now();
  const seconds = () => Math.round((Date.now() - beganAtMs) / 1000);
  let done = 0;
  let toldAtMs = beganAtMs;
  const one = () => {
    done += 1;
    if (Date.now() - toldAtMs < TELL_EVERY_MS) return;
    toldAtMs = Date.now();
    const leftMs = ((toldAtMs - beganAtMs) / done) * Math.max(0, schedules - done);
    const left =
      done > schedules ? 'making the one that failed smaller' : `${Math.round(leftMs / 1000)} s left`;
    process.stderr.write(`${done} of ${schedules} schedules, ${left}\n`);
  };
  return { one, seconds };
};

const write = async (file: string | undefined, report: object): Promise<void> => {
  if (file === undefined) return;
  await writeFile(file, `${JSON.stringify({ machine: describeMachine(), ...report }, null, 2)}\n`);
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await main();
