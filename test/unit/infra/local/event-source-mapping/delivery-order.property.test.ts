import { describe, expect, it } from '@jest/globals';
import type { KinesisStreamEvent } from 'aws-lambda';
import fc from 'fast-check';
import {
  EventSourceMapping,
  handlerInvoker,
  type Invoker,
  type MappingConfiguration,
  MemoryStream,
} from '../../../../../infra/local/event-source-mapping/index.ts';
import { VirtualClock } from '../../../../../services/core/index.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const ITEM_FAILURES: Partial<MappingConfiguration> = { FunctionResponseTypes: ['ReportBatchItemFailures'] };

type Step =
  | { readonly do: 'put'; readonly keys: readonly string[] }
  | { readonly do: 'split' | 'merge'; readonly at: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'restart' }
  | { readonly do: 'update'; readonly configuration: Partial<MappingConfiguration> };

/** What one invocation does: how long it takes, and how it ends. */
interface Behaviour {
  readonly takesMs: number;
  readonly ends: 'well' | 'throws' | 'throttled' | 'partly' | 'unknown-identifier';
  readonly from: number;
}

const configuration = fc.record<Partial<MappingConfiguration>>({
  ParallelizationFactor: fc.integer({ min: 1, max: 10 }),
  BatchSize: fc.integer({ min: 1, max: 7 }),
  BisectBatchOnFunctionError: fc.boolean(),
  MaximumBatchingWindowInSeconds: fc.constantFrom(0, 0, 1),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      keys: fc.array(fc.constantFrom(...KEYS), { maxLength: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('split' as const, 'merge' as const), at: fc.nat() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(0, 150, 1_000, 2_500) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('update' as const), configuration }) },
);

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  takesMs: fc.constantFrom(0, 0, 50, 700),
  ends: fc.constantFrom<Behaviour['ends'][]>(
    'well',
    'well',
    'partly',
    'throws',
    'throttled',
    'unknown-identifier',
  ),
  from: fc.nat(),
});

interface Numbered {
  readonly key: string;
  readonly number: number;
  readonly sequenceNumber: string;
}

/** A function that misbehaves as told, and holds every delivery against the promise that is made for it. */
class Witness {
  readonly #clock: VirtualClock;
  readonly #behaviours: readonly Behaviour[];
  /** Key → how many of its records, which are numbered from 1, are done. */
  readonly done = new Map<string, number>();
  readonly #underWay = new Set<string>();
  readonly broken: string[] = [];
  isHealed = false;
  #invocations = 0;

  constructor(clock: VirtualClock, behaviours: readonly Behaviour[]) {
    this.#clock = clock;
    this.#behaviours = behaviours;
  }

  readonly invoker: Invoker = {
    invoke: async (event) => {
      const next = this.#behaviours[this.#invocations++ % this.#behaviours.length];
      const behaviour = this.isHealed || !next ? { takesMs: 0, ends: 'well' as const, from: 0 } : next;
      if (behaviour.ends === 'throttled') return { outcome: 'not-invoked', reason: 'throttled' };
      return handlerInvoker((given) => this.#handle(given, behaviour)).invoke(event);
    },
  };

  async #handle(event: KinesisStreamEvent, behaviour: Behaviour): Promise<unknown> {
    const records = event.Records.map(
      ({ kinesis }): Numbered => ({
        key: kinesis.partitionKey,
        number: Number(Buffer.from(kinesis.data, 'base64').toString()),
        sequenceNumber: kinesis.sequenceNumber,
      }),
    );
    this.#checkOrder(records);
    const keys = new Set(records.map((record) => record.key));
    for (const key of keys) {
      if (this.#underWay.has(key)) this.broken.push(`${key} is in two batches at once`);
      this.#underWay.add(key);
    }
    await this.#clock.sleep(behaviour.takesMs);
    for (const key of keys) this.#underWay.delete(key);
    return this.#end(records, behaviour);
  }

  /** A key's records in a batch follow each other, and nothing before them is missing. */
  #checkOrder(records: readonly Numbered[]): void {
    const last = new Map<string, number>();
    for (const { key, number } of records) {
      const before = last.get(key);
      const isFine = before === undefined ? number <= (this.done.get(key) ?? 0) + 1 : number === before + 1;
      if (!isFine) this.broken.push(`${key} ${number} came after ${before ?? this.done.get(key)}`);
      last.set(key, number);
    }
  }

  #end(records: readonly Numbered[], { ends, from }: Behaviour): unknown {
    if (ends === 'throws') throw new Error('as told');
    if (ends === 'unknown-identifier') return { batchItemFailures: [{ itemIdentifier: '7' }] };
    const failed = ends === 'partly' ? from % records.length : records.length;
    for (const { key, number } of records.slice(0, failed)) {
      this.done.set(key, Math.max(number, this.done.get(key) ?? 0));
    }
    return {
      batchItemFailures: records
        .slice(failed)
        .toReversed()
        .map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })),
    };
  }
}

const reshard = (stream: MemoryStream, kind: 'split' | 'merge', at: number): void => {
  const open = stream.openShardIds();
  const index = at % open.length;
  const [shard, next] = [open[index], open[index + 1]];
  if (kind === 'split' && shard && open.length < 6) stream.split(shard);
  if (kind === 'merge' && shard && next) stream.merge(shard, next);
};

describe('an event source mapping', () => {
  it('delivers every record at least once and in key order up to repeats, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        configuration,
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.array(behaviour, { minLength: 1, maxLength: 30 }),
        async (first, steps, behaviours) => {
          const clock = new VirtualClock();
          const stream = new MemoryStream({ clock, shards: 2 });
          const witness = new Witness(clock, behaviours);
          const puts = new Map<string, number>();
          const full = (given: Partial<MappingConfiguration>): MappingConfiguration => ({
            ...{ StartingPosition: 'TRIM_HORIZON', ...ITEM_FAILURES, ...given },
          });
          const mapping = new EventSourceMapping({
            configuration: full(first),
            ...{ stream, clock, invoker: witness.invoker, backoff: { firstMs: 100, mostMs: 1_000 } },
          });
          const settle = async (change: Promise<void>) => {
            await clock.advance(5_000);
            await change;
          };
          await mapping.start();
          for (const one of steps) {
            if (one.do === 'put') {
              for (const key of one.keys) {
                const number = (puts.get(key) ?? 0) + 1;
                puts.set(key, number);
                stream.put({ partitionKey: key, data: String(number) });
              }
            } else if (one.do === 'advance') await clock.advance(one.ms);
            else if (one.do === 'restart') {
              await settle(mapping.stop());
              await mapping.start();
            } else if (one.do === 'update') await settle(mapping.update(full(one.configuration)));
            else reshard(stream, one.do, one.at);
          }
          witness.isHealed = true;
          await clock.advance(60_000);
          await settle(mapping.stop());
          expect(witness.broken).toEqual([]);
          expect(Object.fromEntries(witness.done)).toEqual(Object.fromEntries(puts));
          expect(mapping.status().recordsDiscarded).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  }, 30_000);
});
