import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../support/dynamodb-table.ts';
import { runChild, startChild } from './child.ts';
import { comparingCalls } from './copying/dynamodb-calls.ts';
import type { ReadInput, ReadResult } from './copying/read-child.ts';
import { withUsers } from './copying/seed-users.ts';
import type { SinkInput, SinkResult } from './copying/sink-child.ts';
import { compared, type Figure, measured } from './figure.ts';
import { alternate } from './rounds.ts';
import { type BenchRun, runBench } from './run-bench.ts';
import { type BenchEngines, withEngines } from './with-engines.ts';

type Sizes = { documents: number; items: number; 'emulator-items': number };
type Run = BenchRun<Sizes>;

const moduleOf = (name: string): string => join(import.meta.dirname, 'copying', `${name}.ts`);

const write = async (run: Run, input: SinkInput): Promise<SinkResult & { perSecond: number }> => {
  const result = await runChild<SinkResult>(moduleOf('sink-child'), input);
  const perSecond = (input.items * 1_000) / result.elapsedMs;
  run.say(`${input.contender}: ${Math.round(perSecond)} items/s`);
  return { ...result, perSecond };
};

/** Where the endpoint answers at once: what the client itself costs. */
const instantly = async (run: Run): Promise<Figure[]> => {
  const endpoint = await startChild<string, number>(moduleOf('instant-dynamodb'), null);
  endpoint.go();
  const { items } = run.sizes;
  const of = (contender: SinkInput['contender']) => () =>
    write(run, {
      contender,
      endpoint: endpoint.ready,
      accessKeyId: 'bench',
      table: 'bench',
      items,
      staleEvery: 0,
    });
  const results = await alternate(run.rounds, {
    loop: of('put-loop'),
    bare: of('bare-batches'),
    store: of('store'),
  });
  endpoint.stop();
  await endpoint.result;
  const rates = (all: readonly { perSecond: number }[]) => all.map(({ perSecond }) => perSecond);
  const costs = (all: readonly SinkResult[]) => all.map(({ cpuMs }) => (cpuMs * 1_000) / items);
  return [
    measured({ figure: 'a loop of conditional puts', unit: 'items/s', values: rates(results.loop) }),
    compared({
      figure: 'the store, endpoint answers at once',
      unit: 'items/s',
      values: rates(results.store),
      against: 'a loop of conditional puts',
      peerValues: rates(results.loop),
      goal: { atLeast: 10 },
    }),
    compared({
      figure: 'the store, processor time',
      unit: 'µs/item',
      values: costs(results.store),
      against: 'bare batch calls',
      peerValues: costs(results.bare),
      goal: { atMost: 1.25 },
    }),
  ];
};

/** On the emulator: a fresh table for every run. */
const writesToEmulator =
  ({ awsEndpoint }: BenchEngines, run: Run) =>
  async ({ contender, staleEvery }: Pick<SinkInput, 'contender' | 'staleEvery'>) => {
    const items = run.sizes['emulator-items'];
    const accessKeyId = String(randomInt(1e11, 1e12));
    const credentials = { accessKeyId, secretAccessKey: 'bench' };
    const client = new DynamoDBClient({ endpoint: awsEndpoint, region: 'us-east-1', credentials });
    const table = await createTable(client, { partition: 'key' });
    client.destroy();
    return write(run, { contender, endpoint: awsEndpoint, accessKeyId, table, items, staleEvery });
  };

const onEmulator = async (engines: BenchEngines, run: Run): Promise<Figure[]> => {
  const writes = writesToEmulator(engines, run);
  const of = (contender: SinkInput['contender']) => async () =>
    (await writes({ contender, staleEvery: 0 })).perSecond;
  const rates = await alternate(run.rounds, { bare: of('bare-batches'), store: of('store') });
  return [
    compared({
      figure: 'the store, on the emulator',
      unit: 'items/s',
      values: rates.store,
      against: 'bare batch calls',
      peerValues: rates.bare,
      goal: { atLeast: 0.9 },
    }),
  ];
};

/** Into a sink that takes everything at once. */
const reading = ({ mongoUri }: BenchEngines, run: Run): Promise<Figure[]> =>
  withUsers(mongoUri, run.sizes.documents, async (database) => {
    const of = (contender: ReadInput['contender']) => async () => {
      const input: ReadInput = { contender, mongoUri, database };
      const result = await runChild<ReadResult>(moduleOf('read-child'), input);
      const perSecond = (result.documents * 1_000) / result.elapsedMs;
      run.say(`${contender}: ${Math.round(perSecond)} documents/s, ${Math.round(result.peakRssMb)} MB`);
      return { perSecond, peakRssMb: result.peakRssMb };
    };
    const results = await alternate(run.rounds, {
      cursor: of('decoded-cursor'),
      fields: of('backfill-fields'),
      whole: of('backfill-whole'),
    });
    const rates = (all: readonly { perSecond: number }[]) => all.map(({ perSecond }) => perSecond);
    const peer = { unit: 'documents/s', against: 'a decoded cursor', peerValues: rates(results.cursor) };
    const memory = results.whole.map(({ peakRssMb }) => peakRssMb);
    return [
      measured({ figure: 'a decoded cursor', unit: 'documents/s', values: peer.peerValues }),
      compared({
        ...peer,
        figure: 'a backfill that names its fields',
        values: rates(results.fields),
        goal: { atLeast: 2.5 },
      }),
      compared({
        ...peer,
        figure: 'a backfill of whole documents',
        values: rates(results.whole),
        goal: { atLeast: 0.85 },
      }),
      measured({ figure: 'peak memory', unit: 'MB', values: memory, goal: { atMost: 300 } }),
    ];
  });

await runBench<Sizes>({
  name: 'backfill',
  rounds: 5,
  sizes: { documents: 1_000_000, items: 50_000, 'emulator-items': 10_000 },
  parts: ['instant', 'emulator', 'calls', 'read'],
  measure: async (run) => {
    const instant = run.wants('instant') ? await instantly(run) : [];
    if (!['emulator', 'calls', 'read'].some((part) => run.wants(part))) return instant;
    return withEngines(run.say, async (engines) => [
      ...instant,
      ...(run.wants('emulator') ? await onEmulator(engines, run) : []),
      ...(run.wants('calls')
        ? await comparingCalls('on the emulator', run.rounds, writesToEmulator(engines, run))
        : []),
      ...(run.wants('read') ? await reading(engines, run) : []),
    ]);
  },
});
