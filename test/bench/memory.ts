import { startChild } from './child.ts';
import { compared, type Figure, measured } from './figure.ts';
import { insertRows } from './publishing/backlog.ts';
import { withOutbox } from './publishing/bench-outbox.ts';
import type { Arrivals } from './publishing/instant-kinesis.ts';
import { moduleOf } from './publishing/module-of.ts';
import type { PublishingInput } from './publishing/publishing-input.ts';
import type { MemoryAt, RelayResult } from './publishing/relay-child.ts';
import { type BenchRun, runBench } from './run-bench.ts';
import { withEngines } from './with-engines.ts';

type Run = BenchRun<{ events: number; keys: number }>;

/** The most that the relay has taken by the time so many events were acknowledged; at least its first sample. */
const peakAt = (memory: readonly MemoryAt[], events: number): number =>
  Math.max(...memory.filter((sample, at) => at === 0 || sample.events <= events).map(({ rssMib }) => rssMib));

/** One relay that publishes everything, while the rows are still being written. */
const memoryOf = async (mongoUri: string, run: Run): Promise<readonly MemoryAt[]> => {
  const endpoint = await startChild<string, Arrivals>(moduleOf('instant-kinesis'), { notesArrivals: false });
  endpoint.go();
  const kinesis = { endpoint: endpoint.ready, accessKeyId: 'bench', streamName: 'bench' };
  const { events, keys } = run.sizes;
  const { memory } = await withOutbox(mongoUri, async ({ client, database, token }) => {
    const input: PublishingInput = { mongoUri, database, token, events, kinesis };
    const relay = await startChild<null, RelayResult>(moduleOf('relay-child'), input);
    relay.go();
    const [result] = await Promise.all([
      relay.result,
      insertRows(client.db(database), { rows: events, keys }),
    ]);
    return result;
  });
  endpoint.stop();
  await endpoint.result;
  return memory;
};

const figuresOf = (rounds: readonly (readonly MemoryAt[])[], events: number): Figure[] => {
  const peaks = (share: number) => rounds.map((memory) => peakAt(memory, events * share));
  const at = (share: number) => `peak RSS by ${(events * share).toLocaleString('en-US')} events`;
  return [
    ...[0.01, 0.1].map((share) => measured({ figure: at(share), unit: 'MiB', values: peaks(share) })),
    compared({
      figure: at(1),
      unit: 'MiB',
      values: peaks(1),
      against: at(0.1),
      peerValues: peaks(0.1),
      goal: { atMost: 1.25 },
    }),
  ];
};

await runBench({
  name: 'memory',
  rounds: 1,
  sizes: { events: 1_000_000, keys: 100_000 },
  measure: (run) =>
    withEngines(run.say, async ({ mongoUri }) => {
      const rounds: (readonly MemoryAt[])[] = [];
      for (let round = 0; round < run.rounds; round += 1) rounds.push(await memoryOf(mongoUri, run));
      return figuresOf(rounds, run.sizes.events);
    }),
});
