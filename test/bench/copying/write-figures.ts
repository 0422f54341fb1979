import { randomInt } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../support/dynamodb-table.ts';
import { runChild } from '../child.ts';
import { compared, type Figure, measured } from '../figure.ts';
import { alternate } from '../rounds.ts';
import type { BenchEngines } from '../with-engines.ts';
import type { BackfillRun } from './backfill-sizes.ts';
import { comparingCalls } from './dynamodb-calls.ts';
import { moduleOf } from './module-of.ts';
import type { SinkInput, SinkResult } from './sink-child.ts';
import { withInstantSink } from './with-instant-sink.ts';

const write = async (run: BackfillRun, input: SinkInput): Promise<SinkResult & { perSecond: number }> => {
  const result = await runChild<SinkResult>(moduleOf('sink-child'), input);
  const perSecond = (input.items * 1_000) / result.elapsedMs;
  run.say(`${input.contender}: ${Math.round(perSecond)} items/s`);
  return { ...result, perSecond };
};

/** Where the endpoint answers at once: what the client itself costs. */
export const writtenInstantly = async (run: BackfillRun): Promise<Figure[]> => {
  const { items } = run.sizes;
  const results = await withInstantSink((endpoint) => {
    const of = (contender: SinkInput['contender']) => () =>
      write(run, { contender, endpoint, accessKeyId: 'bench', table: 'bench', items, staleEvery: 0 });
    return alternate(run.rounds, {
      loop: of('put-loop'),
      bare: of('bare-batches'),
      store: of('store'),
    });
  });
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
  ({ awsEndpoint }: BenchEngines, run: BackfillRun) =>
  async ({ contender, staleEvery }: Pick<SinkInput, 'contender' | 'staleEvery'>) => {
    const items = run.sizes['emulator-items'];
    const accessKeyId = String(randomInt(1e11, 1e12));
    const credentials = { accessKeyId, secretAccessKey: 'bench' };
    const client = new DynamoDBClient({ endpoint: awsEndpoint, region: 'us-east-1', credentials });
    const table = await createTable(client, { partition: 'key' });
    client.destroy();
    return write(run, { contender, endpoint: awsEndpoint, accessKeyId, table, items, staleEvery });
  };

export const writtenOnEmulator = async (engines: BenchEngines, run: BackfillRun): Promise<Figure[]> => {
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

/** The calls that the store could be made of. */
export const writtenByCalls = (engines: BenchEngines, run: BackfillRun): Promise<Figure[]> =>
  comparingCalls(run.rounds, writesToEmulator(engines, run));
