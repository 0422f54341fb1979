import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineOptions, startAwsEmulator } from '../../infra/local/engines/index.ts';
import { startWriters } from '../support/busy-writers.ts';
import { type BookPlan, type BookWorld, openBookWorld } from './copying/book-world.ts';
import { userWrites } from './copying/user-writes.ts';
import { type Figure, measured } from './figure.ts';
import { type BenchRun, runBench } from './run-bench.ts';
import { withEngines } from './with-engines.ts';

type Run = BenchRun<{ users: number; 'writes-per-second': number; seed: number }>;

/** A scan keeps the emulator, and thereby the consumers, busy for minutes: what is late then settles afterwards. */
const SETTLE_MS = '900000';

interface Outcome {
  /** Users that were read by the copy. */
  readonly copied: number;
  readonly copySeconds: number;
  readonly compared: number;
  readonly verifySeconds: number;
  readonly mismatches: number;
}

const inSeconds = async <T>(work: Promise<T>): Promise<[T, number]> => {
  const startedMs = performance.now();
  const result = await work;
  return [result, (performance.now() - startedMs) / 1_000];
};

/** As migrations/README.md says: a concurrent plan's consumer first, a sink without conditions is copied first. */
const move = async (world: BookWorld, plan: BookPlan, run: Run): Promise<Outcome> => {
  if (plan === 'users-to-profiles') await world.consume(plan);
  const [copy, copySeconds] = await inSeconds(world.banyan('backfill', 'run', plan));
  run.say(`${plan}: ${copy.read} copied in ${copySeconds.toFixed(0)} s`);
  if (plan === 'users-to-search') await world.consume(plan);
  await world.caughtUp(plan);
  const [verified, verifySeconds] = await inSeconds(world.banyan('verify', plan, '--settle-ms', SETTLE_MS));
  run.say(`${plan}: ${verified.compared} compared in ${verifySeconds.toFixed(0)} s: ${verified.sentence}`);
  return {
    copied: Number(copy.read),
    copySeconds,
    compared: Number(verified.compared),
    verifySeconds,
    mismatches: Number(verified.mismatches),
  };
};

const figuresOf = (plan: BookPlan, outcomes: readonly Outcome[]): Figure[] => {
  const of = (value: (outcome: Outcome) => number) => outcomes.map(value);
  const figure = (what: string) => `${plan}: ${what}`;
  return [
    measured({ figure: figure('copied'), unit: 'users', values: of(({ copied }) => copied) }),
    measured({ figure: figure('copy'), unit: 's', values: of(({ copySeconds }) => copySeconds) }),
    measured({
      figure: figure('copy'),
      unit: 'users/s',
      values: of(({ copied, copySeconds }) => copied / copySeconds),
    }),
    measured({ figure: figure('verify'), unit: 's', values: of(({ verifySeconds }) => verifySeconds) }),
    measured({
      figure: figure('verify'),
      unit: 'users/s',
      values: of(({ compared, verifySeconds }) => compared / verifySeconds),
    }),
    measured({
      figure: figure('mismatches'),
      unit: 'users',
      values: of(({ mismatches }) => mismatches),
      goal: { atMost: 0 },
    }),
  ];
};

/** Both moves, one after the other, under the same writers; at the end, what they wrote last is looked for. */
const playBook = async (run: Run, kinesisEndpoint: string) => {
  const { users, 'writes-per-second': writesPerSecond, seed } = run.sizes;
  const folder = await mkdtemp(join(tmpdir(), 'banyan-book-'));
  const startedMs = performance.now();
  const [world, seedSeconds] = await inSeconds(openBookWorld({ users, kinesisEndpoint, folder }));
  run.say(`${users} users are there after ${seedSeconds.toFixed(0)} s`);
  try {
    const writers = startWriters({ outbox: world.outbox, seed, writesPerSecond, draw: userWrites(users) });
    const wroteFromMs = performance.now();
    let profiles: Outcome;
    let search: Outcome;
    try {
      profiles = await move(world, 'users-to-profiles', run);
      search = await move(world, 'users-to-search', run);
    } finally {
      await writers.stop();
    }
    const writeSeconds = (performance.now() - wroteFromMs) / 1_000;
    await world.drained();
    const writtenKeys = [...new Set(writers.committed.map(({ key }) => key))];
    const behind = await world.behind(writtenKeys);
    run.say(
      `${writtenKeys.length} users were written meanwhile; behind in a sink: ${behind.join(', ') || 'none'}`,
    );
    const wallSeconds = (performance.now() - startedMs) / 1_000;
    const written = writers.committed.length / writeSeconds;
    return { profiles, search, written, behind: behind.length, wallSeconds };
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
};

await runBench({
  name: 'book',
  rounds: 1,
  sizes: { users: 800_000, 'writes-per-second': 200, seed: 7 },
  measure: (run) =>
    withEngines(run.say, async ({ mongoUri, awsEndpoint }) => {
      process.env.BANYAN_TEST_MONGODB_URI = mongoUri;
      process.env.BANYAN_TEST_AWS_ENDPOINT = awsEndpoint;
      // Of its own: each put into a stream costs more the more the stream holds, and the tables would wait for that.
      const kinesis = await startAwsEmulator(engineOptions({ PATH: process.env.PATH }, run.say));
      try {
        const rounds: Awaited<ReturnType<typeof playBook>>[] = [];
        for (let n = 0; n < run.rounds; n += 1) rounds.push(await playBook(run, kinesis.address));
        return [
          ...figuresOf(
            'users-to-profiles',
            rounds.map(({ profiles }) => profiles),
          ),
          ...figuresOf(
            'users-to-search',
            rounds.map(({ search }) => search),
          ),
          measured({
            figure: 'writes meanwhile',
            unit: 'writes/s',
            values: rounds.map(({ written }) => written),
            goal: { atLeast: run.sizes['writes-per-second'] * 0.9 },
          }),
          measured({
            figure: 'written meanwhile, and not in a sink in the end',
            unit: 'users',
            values: rounds.map(({ behind }) => behind),
            goal: { atMost: 0 },
          }),
          measured({
            figure: 'wall time, seeding included',
            unit: 's',
            values: rounds.map(({ wallSeconds }) => wallSeconds),
          }),
        ];
      } finally {
        await kinesis.stop();
      }
    }),
});
