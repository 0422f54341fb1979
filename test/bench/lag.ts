import { systemClock } from '../../services/core/index.ts';
import { startChild } from './child.ts';
import { compared, type Figure, measured } from './figure.ts';
import type { ArrivalTimes } from './publishing/arrivals.ts';
import { withOutbox } from './publishing/bench-outbox.ts';
import { commitTimes } from './publishing/commit-times.ts';
import type { Arrivals } from './publishing/instant-kinesis.ts';
import { moduleOf } from './publishing/module-of.ts';
import type { PublishingInput } from './publishing/publishing-input.ts';
import type { WriterInput } from './publishing/writer-child.ts';
import { alternate, quantile } from './rounds.ts';
import { type BenchRun, runBench } from './run-bench.ts';
import { withEngines } from './with-engines.ts';

type Run = BenchRun<{
  'writes-per-second': number;
  seconds: number;
  'warm-up-seconds': number;
  users: number;
}>;

const LAST_ARRIVALS_WITHIN_MS = 1_500;

/** What receives the writes' events: started before they begin, and asked when all have arrived. */
interface Receiver {
  arrivals(): Promise<ArrivalTimes>;
}

/** Milliseconds from each write's commit to its arrival, less those of the warm-up. */
const lagsOf = (
  committedAtMs: ReadonlyMap<string, number>,
  arrivals: ArrivalTimes,
  warmUp: number,
): number[] => {
  const missing = [...committedAtMs.keys()].filter((name) => arrivals[name] === undefined);
  if (missing.length > 0) throw new Error(`${missing.length} of ${committedAtMs.size} did not arrive`);
  return [...committedAtMs].slice(warmUp).map(([name, atMs]) => (arrivals[name] ?? Number.NaN) - atMs);
};

interface Outcome {
  readonly lagsMs: readonly number[];
  readonly writesPerSecond: number;
}

/** Writes to an outbox of its own while a receiver of its own listens. */
const lagsThrough = (
  contender: string,
  mongoUri: string,
  run: Run,
  open: (database: string, token: string) => Promise<Receiver>,
): Promise<Outcome> =>
  withOutbox(mongoUri, async ({ client, database, token }) => {
    const { sizes } = run;
    const writesPerSecond = sizes['writes-per-second'];
    const writes = writesPerSecond * (sizes['warm-up-seconds'] + sizes.seconds);
    const input: WriterInput = { mongoUri, database, writesPerSecond, writes, users: sizes.users };
    const writer = await startChild<null, { elapsedMs: number }>(moduleOf('writer-child'), input);
    const receiver = await open(database, token);
    writer.go();
    const { elapsedMs } = await writer.result;
    await systemClock.sleep(LAST_ARRIVALS_WITHIN_MS);
    const arrivals = await receiver.arrivals();
    const committed = await commitTimes(client.db(database), token, writes);
    const lagsMs = lagsOf(committed, arrivals, writesPerSecond * sizes['warm-up-seconds']);
    const of = (share: number) => quantile(lagsMs, share).toFixed(1);
    run.say(`${contender}: p50 ${of(0.5)} ms, p99 ${of(0.99)} ms, at most ${of(1)} ms`);
    return { lagsMs, writesPerSecond: (writes * 1000) / elapsedMs };
  });

const bareReceiver = async (mongoUri: string, database: string): Promise<Receiver> => {
  const follower = await startChild<null, ArrivalTimes>(moduleOf('bare-follower-child'), {
    mongoUri,
    database,
  });
  follower.go();
  return {
    arrivals: () => {
      follower.stop();
      return follower.result;
    },
  };
};

const relayReceiver = async (mongoUri: string, database: string, token: string): Promise<Receiver> => {
  const endpoint = await startChild<string, Arrivals>(moduleOf('instant-kinesis'), { notesArrivals: true });
  endpoint.go();
  const kinesis = { endpoint: endpoint.ready, accessKeyId: 'bench', streamName: 'bench' };
  const input: PublishingInput = { mongoUri, database, token, events: Number.MAX_SAFE_INTEGER, kinesis };
  const relay = await startChild<null, unknown>(moduleOf('relay-child'), input);
  relay.go();
  return {
    arrivals: async () => {
      relay.stop();
      await relay.result;
      endpoint.stop();
      return (await endpoint.result).atMs;
    },
  };
};

const figuresOf = (relay: readonly Outcome[], bare: readonly Outcome[], target: number): Figure[] => {
  const each = (outcomes: readonly Outcome[], share: number) =>
    outcomes.map(({ lagsMs }) => quantile(lagsMs, share));
  const lag = (name: string, share: number, atMost: number): Figure[] => {
    const values = each(relay, share);
    const peer = { against: 'a bare change stream', peerValues: each(bare, share) };
    return [
      measured({ figure: `${name} of a bare change stream`, unit: 'ms', values: peer.peerValues }),
      measured({ figure: `${name} from commit to Kinesis`, unit: 'ms', values, goal: { atMost } }),
      compared({ figure: `${name} from commit to Kinesis`, unit: 'ms', values, ...peer }),
    ];
  };
  const reached = [...relay, ...bare].map(({ writesPerSecond }) => writesPerSecond);
  return [
    ...lag('p50', 0.5, 10),
    ...lag('p99', 0.99, 50),
    // Without the load, the lag says nothing.
    measured({
      figure: 'writes reached',
      unit: 'writes/s',
      values: reached,
      goal: { atLeast: target * 0.98 },
    }),
  ];
};

await runBench({
  name: 'lag',
  rounds: 5,
  sizes: { 'writes-per-second': 500, seconds: 10, 'warm-up-seconds': 3, users: 1_000 },
  measure: (run) =>
    withEngines(run.say, async ({ mongoUri }) => {
      const lags = await alternate(run.rounds, {
        bare: () => lagsThrough('bare', mongoUri, run, (database) => bareReceiver(mongoUri, database)),
        relay: () =>
          lagsThrough('relay', mongoUri, run, (database, token) => relayReceiver(mongoUri, database, token)),
      });
      return figuresOf(lags.relay, lags.bare, run.sizes['writes-per-second']);
    }),
});
