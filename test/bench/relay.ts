import { runChild, startChild } from './child.ts';
import { compared, type Figure, measured } from './figure.ts';
import { insertRows } from './publishing/backlog.ts';
import { freshStream, withOutbox } from './publishing/bench-outbox.ts';
import type { Arrivals } from './publishing/instant-kinesis.ts';
import { moduleOf } from './publishing/module-of.ts';
import type { KinesisPlace, PublishingInput } from './publishing/publishing-input.ts';
import { alternate } from './rounds.ts';
import { type BenchRun, runBench } from './run-bench.ts';
import { type BenchEngines, withEngines } from './with-engines.ts';

type Sizes = { events: number; 'emulator-events': number; keys: number };
type Run = BenchRun<Sizes>;

/** Events a second of a contender with a backlog of its own. */
const rateOf = async (options: {
  contender: string;
  engines: BenchEngines;
  run: Run;
  events: number;
  kinesis: KinesisPlace;
}): Promise<number> => {
  const { contender, engines, run, events, kinesis } = options;
  const { mongoUri } = engines;
  return withOutbox(mongoUri, async ({ client, database, token }) => {
    await insertRows(client.db(database), { rows: events, keys: run.sizes.keys });
    const input: PublishingInput = { mongoUri, database, token, events, kinesis };
    const { elapsedMs } = await runChild<{ elapsedMs: number }>(moduleOf(contender), input);
    const rate = (events * 1000) / elapsedMs;
    run.say(`${contender}: ${Math.round(rate)} events/s`);
    return rate;
  });
};

/** Where the endpoint answers at once. */
const instantly = async (engines: BenchEngines, run: Run): Promise<Figure[]> => {
  const endpoint = await startChild<string, Arrivals>(moduleOf('instant-kinesis'), { notesArrivals: false });
  endpoint.go();
  const kinesis = { endpoint: endpoint.ready, accessKeyId: 'bench', streamName: 'bench' };
  const of = (contender: string) => () =>
    rateOf({ contender, engines, run, events: run.sizes.events, kinesis });
  const rates = await alternate(run.rounds, { reader: of('bare-reader-child'), relay: of('relay-child') });
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

/** On the emulator. */
const onEmulator = async (engines: BenchEngines, run: Run): Promise<Figure[]> => {
  const events = run.sizes['emulator-events'];
  const of = (contender: string) => async () =>
    rateOf({ contender, engines, run, events, kinesis: await freshStream(engines.awsEndpoint) });
  const rates = await alternate(run.rounds, { loop: of('bare-loop-child'), relay: of('relay-child') });
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
