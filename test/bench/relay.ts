import { runChild, startChild } from './child.ts';
import { compared, type Figure, measured } from './figure.ts';
import { rewind, writeBacklog } from './publishing/backlog.ts';
import { type BenchOutbox, freshStream, withOutbox } from './publishing/bench-outbox.ts';
import type { Contended } from './publishing/contended.ts';
import type { Arrivals } from './publishing/instant-kinesis.ts';
import { moduleOf } from './publishing/module-of.ts';
import type { KinesisPlace, PublishingInput } from './publishing/publishing-input.ts';
import { alternate } from './rounds.ts';
import { type BenchRun, runBench } from './run-bench.ts';
import { type BenchEngines, withEngines } from './with-engines.ts';

type Sizes = { events: number; 'emulator-events': number; keys: number };
type Run = BenchRun<Sizes>;

/** One backlog for all rounds, in which every contender reads the same events. */
interface Backlog extends BenchOutbox {
  readonly mongoUri: string;
  readonly events: number;
}

const withBacklog = <T>(
  { mongoUri }: BenchEngines,
  run: Run,
  events: number,
  work: (backlog: Backlog) => Promise<T>,
): Promise<T> =>
  withOutbox(mongoUri, async (outbox) => {
    run.say(`writing a backlog of ${events} transactions`);
    await writeBacklog(outbox.client, outbox.database, { writes: events, keys: run.sizes.keys });
    return work({ ...outbox, mongoUri, events });
  });

/** Events a second of a contender. */
const rateOf = async (
  contender: string,
  backlog: Backlog,
  kinesis: KinesisPlace,
  run: Run,
): Promise<number> => {
  const { client, mongoUri, database, token, events } = backlog;
  await rewind(client, database, token);
  const input: PublishingInput = { mongoUri, database, token, events, kinesis };
  const { elapsedMs, cpuMs } = await runChild<Contended>(moduleOf(contender), input);
  const rate = (events * 1000) / elapsedMs;
  const ownMicros = (cpuMs * 1000) / events;
  run.say(`${contender}: ${Math.round(rate)} events/s, ${ownMicros.toFixed(1)} µs of its own CPU for each`);
  return rate;
};

/** Where the endpoint answers at once. */
const instantly = async (engines: BenchEngines, run: Run): Promise<Figure[]> => {
  const endpoint = await startChild<string, Arrivals>(moduleOf('instant-kinesis'), { notesArrivals: false });
  endpoint.go();
  const kinesis = { endpoint: endpoint.ready, accessKeyId: 'bench', streamName: 'bench' };
  const rates = await withBacklog(engines, run, run.sizes.events, (backlog) =>
    alternate(run.rounds, {
      reader: () => rateOf('bare-reader-child', backlog, kinesis, run),
      relay: () => rateOf('relay-child', backlog, kinesis, run),
    }),
  );
  endpoint.stop();
  await endpoint.result;
  return [
    measured({ figure: 'a bare change stream', unit: 'events/s', values: rates.reader }),
    compared({
      figure: 'relay, endpoint answers at once',
      unit: 'events/s',
      values: rates.relay,
      against: 'a bare change stream',
      peerValues: rates.reader,
      goal: { atLeast: 0.5 },
    }),
  ];
};

/** On the emulator, each time with a new stream. */
const onEmulator = async (engines: BenchEngines, run: Run): Promise<Figure[]> => {
  const rates = await withBacklog(engines, run, run.sizes['emulator-events'], (backlog) => {
    const of = (contender: string) => async () =>
      rateOf(contender, backlog, await freshStream(engines.awsEndpoint), run);
    return alternate(run.rounds, { loop: of('bare-loop-child'), relay: of('relay-child') });
  });
  const figure = { figure: 'relay, on the emulator', unit: 'events/s', values: rates.relay };
  return [
    measured({ figure: 'a bare loop, on the emulator', unit: 'events/s', values: rates.loop }),
    compared({ ...figure, against: 'a bare loop', peerValues: rates.loop, goal: { atLeast: 0.5 } }),
    measured({ ...figure, goal: { atLeast: 5_000 } }),
  ];
};

await runBench<Sizes>({
  name: 'relay',
  rounds: 5,
  sizes: { events: 50_000, 'emulator-events': 20_000, keys: 10_000 },
  parts: ['instant', 'emulator'],
  measure: (run) =>
    withEngines(run.say, async (engines) => [
      ...(run.wants('instant') ? await instantly(engines, run) : []),
      ...(run.wants('emulator') ? await onEmulator(engines, run) : []),
    ]),
});
