import { randomInt } from 'node:crypto';
import { freshAws } from '../support/engines.ts';
import { type KillRound, killRounds } from '../support/kill-round.ts';
import { kinesisClient } from '../support/kinesis-stream.ts';
import { type Figure, measured } from './figure.ts';
import { runBench } from './run-bench.ts';
import { type BenchEngines, withEngines } from './with-engines.ts';

/** Where the test's own worlds look for the engines. */
const share = ({ mongoUri, awsEndpoint }: BenchEngines): void => {
  process.env.BANYAN_TEST_MONGODB_URI = mongoUri;
  process.env.BANYAN_TEST_AWS_ENDPOINT = awsEndpoint;
};

const describeRound = (n: number, round: KillRound): string => {
  const { events, lost, disordered, repeats, writesPerSecond, takeoversMs } = round;
  return (
    `${n}: ${events} events, ${lost.length} lost, ${disordered.length} keys out of order, ${repeats} repeats, ` +
    `${Math.round(writesPerSecond)} writes/s, taken over in ${takeoversMs.map(Math.round).join(' and ')} ms`
  );
};

const figures = (rounds: readonly KillRound[]): Figure[] => {
  const takeoversMs = rounds.flatMap((round) => round.takeoversMs);
  const sum = (count: (round: KillRound) => number) => [
    rounds.reduce((total, round) => total + count(round), 0),
  ];
  const none = { atMost: 0 };
  return [
    measured({ figure: 'kills of a leader', unit: 'kills', values: [takeoversMs.length] }),
    measured({ figure: 'events', unit: 'events', values: sum(({ events }) => events) }),
    measured({ figure: 'lost', unit: 'events', values: sum(({ lost }) => lost.length), goal: none }),
    measured({
      figure: 'invented',
      unit: 'events',
      values: sum((round) => round.invented.length),
      goal: none,
    }),
    measured({
      figure: 'out of order',
      unit: 'keys',
      values: sum(({ disordered }) => disordered.length),
      goal: none,
    }),
    measured({ figure: 'repeats', unit: 'events', values: sum(({ repeats }) => repeats) }),
    measured({ figure: 'takeover, median', unit: 'ms', values: takeoversMs }),
    measured({
      figure: 'takeover, longest',
      unit: 'ms',
      values: [Math.max(...takeoversMs)],
      goal: { atMost: 5_000 },
    }),
    measured({ figure: 'writes', unit: 'writes/s', values: rounds.map((round) => round.writesPerSecond) }),
  ];
};

await runBench({
  name: 'kill',
  rounds: 50,
  sizes: { 'writes-per-second': 500, seed: randomInt(1, 2 ** 31) },
  measure: ({ rounds: count, sizes, say }) =>
    withEngines(say, async (engines) => {
      share(engines);
      const aws = freshAws();
      const kinesis = kinesisClient(aws);
      const rounds: KillRound[] = [];
      const { seed, 'writes-per-second': writesPerSecond } = sizes;
      say(`seed ${seed}`);
      const options = { aws, kinesis, seed, rounds: count, writesPerSecond, startsAhead: false };
      for await (const round of killRounds(options)) {
        rounds.push(round);
        say(describeRound(rounds.length, round));
      }
      kinesis.destroy();
      return figures(rounds);
    }),
});
