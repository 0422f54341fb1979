import { describe, expect, it } from '@jest/globals';
import {
  type MappingConfiguration,
  MemoryShardCheckpoints,
  MemoryStream,
} from '../../../../../infra/local/event-source-mapping/index.ts';
import { VirtualClock } from '../../../../../services/core/index.ts';
import {
  dataOf,
  failing,
  type SimulatedMapping,
  type SimulatedMappingOptions,
  simulatedMapping,
} from '../../../../support/simulated-mapping.ts';

const MINUTE_MS = 60_000;
const DAY_S = 86_400;
const ITEM_FAILURES: Partial<MappingConfiguration> = { FunctionResponseTypes: ['ReportBatchItemFailures'] };

/** Starts a mapping whose stream already holds `data` under one key, and lets it run for a minute. */
const delivered = async (
  data: readonly string[],
  given: SimulatedMappingOptions,
): Promise<SimulatedMapping> => {
  const simulated = simulatedMapping(given);
  simulated.put('key', ...data);
  await simulated.mapping.start();
  await simulated.clock.advance(MINUTE_MS);
  await simulated.mapping.stop();
  return simulated;
};

const poison = (data: readonly string[]) => {
  if (data.includes('poison')) throw new Error('cannot take it');
};

describe('starting positions', () => {
  it('TRIM_HORIZON reads what the stream still has', async () => {
    const { deliveries } = await delivered(['a', 'b'], {});
    expect(deliveries).toEqual([['a', 'b']]);
  });

  it('LATEST reads what arrives after the start', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping({
      configuration: { StartingPosition: 'LATEST' },
    });
    put('key', 'before');
    await mapping.start();
    put('key', 'after');
    await clock.advance(1_000);
    expect(deliveries).toEqual([['after']]);
    await mapping.stop();
  });

  it('LATEST misses nothing that arrives while the mapping is disabled before its first record', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping({
      configuration: { StartingPosition: 'LATEST' },
    });
    await mapping.start();
    await mapping.stop();
    await clock.advance(10 * MINUTE_MS);
    put('key', 'meanwhile');
    await mapping.start();
    await clock.advance(1_000);
    expect(deliveries).toEqual([['meanwhile']]);
    await mapping.stop();
  });

  it('AT_TIMESTAMP reads from that moment on, in every shard', async () => {
    const clock = new VirtualClock();
    const stream = new MemoryStream({ clock, shards: 3 });
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const put = (when: string) => {
      for (const key of keys) stream.put({ partitionKey: key, data: `${key} ${when}` });
    };
    put('before');
    await clock.advance(5_000);
    const { mapping, deliveries } = simulatedMapping({
      clock,
      configuration: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: clock.nowMs() / 1000 },
      options: { stream },
    });
    put('after');
    await mapping.start();
    await clock.advance(1_000);
    await mapping.stop();
    expect(deliveries.flat().toSorted()).toEqual(keys.map((key) => `${key} after`));
  });
});

describe('polling and batching', () => {
  it('reads an idle shard once a second, and one with a backlog up to five times', async () => {
    const { mapping, put, clock, timed, stream } = simulatedMapping({ configuration: { BatchSize: 1_000 } });
    let reads = 0;
    const read = stream.read.bind(stream);
    stream.read = (...given) => {
      reads += 1;
      return read(...given);
    };
    await mapping.start();
    await clock.advance(10_500);
    expect(reads).toBe(11);
    put('key', ...Array.from({ length: 5_000 }, (_, index) => String(index)));
    await clock.advance(1_000);
    expect(timed.map(({ atMs }) => atMs)).toEqual([11_000, 11_000, 11_200, 11_200, 11_400]);
    await mapping.stop();
  });

  it('fills a batch up to its size', async () => {
    const { deliveries } = await delivered(['1', '2', '3', '4', '5'], { configuration: { BatchSize: 2 } });
    expect(deliveries).toEqual([['1', '2'], ['3', '4'], ['5']]);
  });

  it('waits for the window to end, or for a full batch', async () => {
    const { mapping, put, clock, timed } = simulatedMapping({
      configuration: { BatchSize: 3, MaximumBatchingWindowInSeconds: 5 },
    });
    await mapping.start();
    put('key', 'a');
    await clock.advance(4_900);
    expect(timed).toEqual([]);
    await clock.advance(100);
    expect(timed).toEqual([{ atMs: 5_000, data: ['a'] }]);
    put('key', 'b', 'c', 'd');
    await clock.advance(1_000);
    expect(timed[1]).toEqual({ atMs: 6_000, data: ['b', 'c', 'd'] });
    await mapping.stop();
  });

  it('begins a window when the invocation before it completes', async () => {
    const { mapping, put, clock, timed } = simulatedMapping({
      configuration: { MaximumBatchingWindowInSeconds: 10 },
      handle: () => simulated.clock.sleep(3_000),
    });
    const simulated = { clock };
    await mapping.start();
    put('key', 'a');
    await clock.advance(10_000);
    put('key', 'b');
    await clock.advance(13_000);
    expect(timed.map(({ atMs }) => atMs)).toEqual([10_000, 23_000]);
    await clock.advance(3_000);
    await mapping.stop();
  });

  it('invokes before the payload exceeds 6 MB', async () => {
    const megabyte = 'x'.repeat(1_000_000);
    const sizes: number[] = [];
    const { mapping, put, clock } = simulatedMapping({
      handle: (_, event) => void sizes.push(JSON.stringify(event).length),
    });
    put('key', ...Array.from({ length: 10 }, () => megabyte));
    await mapping.start();
    await clock.advance(1_000);
    await mapping.stop();
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6 * 1024 * 1024);
  });

  it("sends a record as Lambda's event spells it", async () => {
    const events: unknown[] = [];
    const { mapping, stream, clock } = simulatedMapping({ handle: (_, event) => void events.push(event) });
    const { sequenceNumber, shardId } = stream.put({ partitionKey: 'key', data: 'Hello' });
    const arrivedAtMs = clock.nowMs();
    await mapping.start();
    await clock.advance(0);
    await mapping.stop();
    expect(events).toEqual([
      {
        Records: [
          {
            kinesis: {
              kinesisSchemaVersion: '1.0',
              partitionKey: 'key',
              sequenceNumber,
              data: 'SGVsbG8=',
              approximateArrivalTimestamp: arrivedAtMs / 1000,
            },
            eventSource: 'aws:kinesis',
            eventVersion: '1.0',
            eventID: `${shardId}:${sequenceNumber}`,
            eventName: 'aws:kinesis:record',
            invokeIdentityArn: 'arn:aws:iam::000000000000:role/function',
            awsRegion: 'us-east-1',
            eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/stream',
          },
        ],
      },
    ]);
  });
});

describe('ParallelizationFactor', () => {
  it('delivers different keys at once, and one key never in two batches at once', async () => {
    const underWay = new Map<string, number>();
    let most = 0;
    const { mapping, put, clock, deliveries } = simulatedMapping({
      configuration: { ParallelizationFactor: 10, BatchSize: 5 },
      handle: async (data) => {
        const keys = new Set(data.map((one) => one.split(' ')[0] ?? ''));
        for (const key of keys) {
          expect(underWay.get(key) ?? 0).toBe(0);
          underWay.set(key, 1);
        }
        most = Math.max(most, [...underWay.values()].filter((count) => count > 0).length);
        await clock.sleep(100);
        for (const key of keys) underWay.set(key, 0);
      },
    });
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    for (const round of [1, 2, 3]) for (const key of keys) put(key, `${key} ${round}`);
    await mapping.start();
    await clock.advance(MINUTE_MS);
    await mapping.stop();
    expect(most).toBeGreaterThan(5);
    for (const key of keys) {
      expect(deliveries.flat().filter((data) => data.startsWith(`${key} `))).toEqual(
        [1, 2, 3].map((round) => `${key} ${round}`),
      );
    }
  });

  it('moves no checkpoint past a batch that is still failing', async () => {
    const { mapping, put, clock } = simulatedMapping({
      configuration: { ParallelizationFactor: 10, BatchSize: 1 },
      handle: poison,
    });
    put('a', 'first');
    put('b', 'poison');
    for (let index = 0; index < 20; index += 1) put(`key-${index}`, 'later');
    await mapping.start();
    await clock.advance(MINUTE_MS);
    await mapping.stop();
    const status = mapping.status();
    expect(status.recordsDelivered).toBeGreaterThan(10);
    expect(status.shards[0]?.checkpoint).toEqual({
      at: 'AFTER_SEQUENCE_NUMBER',
      sequenceNumber: '00000000000000000001',
    });
  });
});

describe('a failed batch', () => {
  it('is retried whole, and for ever, by default; nothing overtakes it', async () => {
    const { deliveries, mapping } = await delivered(['a', 'poison', 'b'], {
      configuration: { BatchSize: 2 },
      handle: poison,
    });
    expect(deliveries.length).toBeGreaterThan(5);
    expect(new Set(deliveries.map(String))).toEqual(new Set(['a,poison']));
    expect(mapping.status()).toMatchObject({ recordsDelivered: 0, recordsDiscarded: 0 });
  });

  it('is discarded once its retries are used up, and the shard goes on', async () => {
    const { deliveries, destination, mapping } = await delivered(['a', 'poison', 'b'], {
      configuration: { BatchSize: 2, MaximumRetryAttempts: 2 },
      handle: poison,
    });
    expect(deliveries).toEqual([['a', 'poison'], ['a', 'poison'], ['a', 'poison'], ['b']]);
    expect(destination.received.map(({ record }) => record)).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
        responseContext: { functionError: 'Unhandled' },
        KinesisBatchInfo: { batchSize: 2 },
      },
    ]);
    expect(mapping.status()).toMatchObject({ recordsDelivered: 1, recordsDiscarded: 2, failures: 3 });
  });

  it('is split until the bad record is alone; splitting uses up no retry', async () => {
    const { deliveries, destination } = await delivered(['a', 'b', 'poison', 'c', 'd'], {
      configuration: { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 },
      handle: poison,
    });
    expect(deliveries).toEqual([
      ['a', 'b', 'poison', 'c', 'd'],
      ['a', 'b', 'poison'],
      ['a', 'b'],
      ['poison'],
      ['poison'],
      ['c', 'd'],
    ]);
    expect(destination.received[0]?.record.KinesisBatchInfo.batchSize).toBe(1);
  });

  it('is retried when it never reached the function, whatever its retries', async () => {
    let attempts = 0;
    const { mapping, destination } = await delivered(['a'], {
      configuration: { MaximumRetryAttempts: 0 },
      options: {
        invoker: {
          invoke: async () => {
            attempts += 1;
            return attempts < 5
              ? { outcome: 'not-invoked', reason: 'Rate Exceeded' }
              : { outcome: 'answered', answer: undefined };
          },
        },
      },
    });
    expect(mapping.status()).toMatchObject({ recordsDelivered: 1, notInvoked: 4, failures: 0 });
    expect(destination.received).toEqual([]);
  });

  it('backs off twice as long after each failure, up to a limit', async () => {
    const { timed } = await delivered(['poison'], {
      handle: poison,
      options: { backoff: { firstMs: 1_000, mostMs: 8_000 } },
    });
    const times = timed.map(({ atMs }) => atMs);
    expect(times.slice(0, 6)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 23_000]);
  });
});

describe('ReportBatchItemFailures', () => {
  it('retries from the lowest failure, successes behind it included', async () => {
    let failures = 1;
    const { deliveries } = await delivered(['a', 'b', 'c', 'd'], {
      configuration: ITEM_FAILURES,
      handle: (_, event) => (failures-- > 0 ? failing(event, 'd', 'b') : undefined),
    });
    expect(deliveries).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
  });

  it('retries at once what is behind a record that succeeded', async () => {
    const failed = ['b', 'c', 'd'];
    const { timed } = await delivered(['a', 'b', 'c', 'd'], {
      configuration: ITEM_FAILURES,
      handle: (_, event) => failing(event, failed.shift() ?? ''),
    });
    expect(timed.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 0]);
  });

  it('fails the whole batch for an identifier that is not in it', async () => {
    let failures = 1;
    const { deliveries } = await delivered(['a', 'b'], {
      configuration: ITEM_FAILURES,
      handle: () => (failures-- > 0 ? { batchItemFailures: [{ itemIdentifier: '42' }] } : {}),
    });
    expect(deliveries).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('is not looked at unless it is turned on', async () => {
    const { deliveries } = await delivered(['a', 'b'], { handle: (_, event) => failing(event, 'a') });
    expect(deliveries).toEqual([['a', 'b']]);
  });

  it('with bisect isolates the bad record, and delivers every other', async () => {
    const { deliveries, destination } = await delivered(['a', 'poison', 'b', 'c'], {
      configuration: { ...ITEM_FAILURES, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 },
      handle: (_, event) => failing(event, 'poison'),
    });
    expect(deliveries).toEqual([
      ['a', 'poison', 'b', 'c'],
      ['poison', 'b', 'c'],
      ['poison', 'b'],
      ['poison'],
      ['poison'],
      ['b'],
      ['c'],
    ]);
    expect(destination.received).toHaveLength(1);
  });
});

describe('MaximumRecordAgeInSeconds', () => {
  it('discards what is older, and goes on with the rest of the batch', async () => {
    const { mapping, put, clock, deliveries, destination } = simulatedMapping({
      configuration: { MaximumRecordAgeInSeconds: 60 },
      handle: poison,
      options: { backoff: { firstMs: 10_000, mostMs: 10_000 } },
    });
    put('key', 'poison');
    await clock.advance(30_000);
    put('key', 'a');
    await mapping.start();
    await clock.advance(MINUTE_MS);
    await mapping.stop();
    expect(deliveries.at(-1)).toEqual(['a']);
    expect(destination.received.map(({ record }) => record)).toMatchObject([
      { requestContext: { condition: 'RecordAgeExceeded' }, KinesisBatchInfo: { batchSize: 1 } },
    ]);
  });

  it('applies to records that were never tried', async () => {
    const { mapping, put, clock, deliveries, destination } = simulatedMapping({
      configuration: { MaximumRecordAgeInSeconds: 60 },
    });
    put('key', 'old');
    await clock.advance(61_000);
    put('key', 'new');
    await mapping.start();
    await clock.advance(1_000);
    await mapping.stop();
    expect(deliveries).toEqual([['new']]);
    expect(destination.received[0]?.record.requestContext.approximateInvokeCount).toBe(0);
  });

  it("is the stream's retention by default: a poison record blocks its shard until it expires", async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping({
      handle: poison,
      options: { backoff: { firstMs: 600_000, mostMs: 600_000 }, pollMs: 60_000 },
    });
    put('key', 'poison');
    await mapping.start();
    await clock.advance((DAY_S - 1) * 1000);
    put('key', 'a');
    expect(mapping.status()).toMatchObject({ recordsDelivered: 0, recordsDiscarded: 0 });
    await clock.advance(1_200_000);
    await mapping.stop();
    expect(deliveries.at(-1)).toEqual(['a']);
    expect(mapping.status()).toMatchObject({ recordsDelivered: 1, recordsDiscarded: 1 });
  });
});

describe('the failure destination', () => {
  it('is tried until it takes the batch, and holds the shard meanwhile', async () => {
    let refusals = 3;
    const { mapping, deliveries } = await delivered(['poison', 'a'], {
      configuration: { BatchSize: 1, MaximumRetryAttempts: 0 },
      handle: poison,
      options: {
        destination: {
          send: async () => {
            if (refusals-- > 0) throw new Error('no such queue');
          },
        },
      },
    });
    expect(deliveries).toEqual([['poison'], ['a']]);
    expect(mapping.status()).toMatchObject({ destinationFailures: 3, destinationSends: 1 });
  });

  it('may be missing: then discarded records are only counted', async () => {
    const simulated = await delivered(['poison', 'a'], {
      configuration: { BatchSize: 1, MaximumRetryAttempts: 0 },
      handle: poison,
      options: { destination: undefined },
    });
    expect(simulated.mapping.status()).toMatchObject({
      recordsDiscarded: 1,
      destinationSends: 0,
      recordsDelivered: 1,
    });
  });
});

describe('filters', () => {
  it('pass over what does not match, and move the checkpoint past it', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping({
      configuration: { FilterCriteria: { Filters: [{ Pattern: '{"data": {"keep": [true]}}' }] } },
    });
    put('key', '{"keep":false}', '{"keep":true}', 'not JSON', '{"keep":false}');
    await mapping.start();
    await clock.advance(1_000);
    await mapping.stop();
    expect(deliveries).toEqual([['{"keep":true}']]);
    expect(mapping.status()).toMatchObject({
      recordsFiltered: 3,
      iteratorAgeMs: 0,
      shards: [{ checkpoint: { sequenceNumber: '00000000000000000004' } }],
    });
  });

  it('do not count towards a batch', async () => {
    const { deliveries } = await delivered(['{"a":1}', '{"a":2}', '{"a":1}'], {
      configuration: { BatchSize: 2, FilterCriteria: { Filters: [{ Pattern: '{"data": {"a": [1]}}' }] } },
    });
    expect(deliveries).toEqual([['{"a":1}', '{"a":1}']]);
  });
});

describe('shards that split and merge', () => {
  it('deliver a parent to its end before a child begins', async () => {
    let isBroken = true;
    const { mapping, put, clock, stream, deliveries } = simulatedMapping({
      configuration: { BatchSize: 2 },
      handle: () => {
        if (isBroken) throw new Error('broken');
      },
    });
    await mapping.start();
    put('key', '1', '2', '3');
    const [low, high] = stream.split(stream.openShardIds()[0] ?? '');
    put('key', '4', '5');
    await clock.advance(MINUTE_MS);
    expect(new Set(deliveries.map(String))).toEqual(new Set(['1,2']));
    const merged = stream.merge(low, high);
    put('key', '6');
    isBroken = false;
    deliveries.length = 0;
    await clock.advance(3 * MINUTE_MS);
    await mapping.stop();
    expect(deliveries.flat()).toEqual(['1', '2', '3', '4', '5', '6']);
    const checkpoints = mapping.status().shards.map(({ shardId, checkpoint }) => [shardId, checkpoint.at]);
    expect(checkpoints).toContainEqual([merged, 'AFTER_SEQUENCE_NUMBER']);
    expect(checkpoints).toContainEqual([low, 'SHARD_END']);
  });

  it('are read from the oldest ancestor with TRIM_HORIZON', async () => {
    const { mapping, put, clock, stream, deliveries } = simulatedMapping();
    put('key', '1');
    const [low, high] = stream.split(stream.openShardIds()[0] ?? '');
    put('key', '2');
    stream.merge(low, high);
    put('key', '3');
    await mapping.start();
    await clock.advance(10_000);
    await mapping.stop();
    expect(deliveries.flat()).toEqual(['1', '2', '3']);
  });

  it('lose nothing with LATEST, though the children did not exist at the start', async () => {
    const { mapping, put, clock, stream, deliveries } = simulatedMapping({
      configuration: { StartingPosition: 'LATEST' },
    });
    put('key', 'before');
    await mapping.start();
    put('key', '1');
    stream.split(stream.openShardIds()[0] ?? '');
    put('key', '2');
    await clock.advance(10_000);
    await mapping.stop();
    expect(deliveries.flat()).toEqual(['1', '2']);
  });
});

describe('a mapping that is disabled, enabled and updated', () => {
  it('goes on after the last record processed', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping();
    put('key', 'a');
    await mapping.start();
    await clock.advance(1_000);
    await mapping.stop();
    put('key', 'b');
    await clock.advance(MINUTE_MS);
    expect(deliveries).toEqual([['a']]);
    await mapping.start();
    await clock.advance(1_000);
    await mapping.stop();
    expect(deliveries).toEqual([['a'], ['b']]);
  });

  it('waits for the invocation that is under way', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping({ handle: () => clock.sleep(5_000) });
    put('key', 'a');
    await mapping.start();
    await clock.advance(100);
    let isStopped = false;
    const stopped = mapping.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(4_000);
    expect(isStopped).toBe(false);
    await clock.advance(1_000);
    await stopped;
    await mapping.start();
    await clock.advance(10_000);
    await mapping.stop();
    expect(deliveries).toEqual([['a']]);
  });

  it('goes on with its new settings from the same checkpoint', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping();
    put('key', 'a', 'b');
    await mapping.start();
    await clock.advance(1_000);
    await mapping.update({ StartingPosition: 'TRIM_HORIZON', BatchSize: 1, ParallelizationFactor: 2 });
    put('key', 'c', 'd');
    await clock.advance(2_000);
    await mapping.stop();
    expect(deliveries).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('keeps its settings when the new ones are refused', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping();
    await mapping.start();
    await expect(mapping.update({ StartingPosition: 'TRIM_HORIZON', BatchSize: 0 })).rejects.toThrow(
      'BatchSize',
    );
    put('key', 'a');
    await clock.advance(2_000);
    await mapping.stop();
    expect(deliveries).toEqual([['a']]);
  });

  it('goes on in another process, given the same checkpoints', async () => {
    const checkpoints = new MemoryShardCheckpoints();
    const first = simulatedMapping({ configuration: { UUID: 'one' }, options: { checkpoints } });
    first.put('key', 'a');
    await first.mapping.start();
    await first.clock.advance(1_000);
    await first.mapping.stop();
    first.put('key', 'b');
    const second = simulatedMapping({
      configuration: { UUID: 'one' },
      options: { checkpoints, stream: first.stream },
    });
    await second.mapping.start();
    await second.clock.advance(1_000);
    await second.mapping.stop();
    expect(second.deliveries).toEqual([['b']]);
  });

  it('can be started again after the stream did not answer', async () => {
    const { mapping, put, clock, stream, deliveries } = simulatedMapping();
    const describeStream = stream.describe.bind(stream);
    stream.describe = () => Promise.reject(new Error('away'));
    await expect(mapping.start()).rejects.toThrow('away');
    expect(mapping.status().state).toBe('stopped');
    stream.describe = describeStream;
    put('key', 'a');
    await mapping.start();
    await clock.advance(1_000);
    await mapping.stop();
    expect(deliveries).toEqual([['a']]);
  });
});

describe('trouble with the stream', () => {
  it('is waited out, and told', async () => {
    const { mapping, put, clock, stream, deliveries } = simulatedMapping();
    const read = stream.read.bind(stream);
    await mapping.start();
    stream.read = () => Promise.reject(new Error('throughput exceeded'));
    await clock.advance(5_000);
    expect(mapping.status().lastError?.message).toContain('throughput exceeded');
    stream.read = read;
    put('key', 'a');
    await clock.advance(MINUTE_MS);
    await mapping.stop();
    expect(deliveries).toEqual([['a']]);
  });

  it('such as an expired iterator is mended by another one, without a loss or a repeat', async () => {
    const { mapping, put, clock, deliveries } = simulatedMapping({ options: { pollMs: 400_000 } });
    put('key', 'a');
    await mapping.start();
    await clock.advance(1_000);
    put('key', 'b');
    await clock.advance(400_000);
    await mapping.stop();
    expect(deliveries).toEqual([['a'], ['b']]);
  });
});

describe('the status', () => {
  it('tells the age of the oldest record that is not done', async () => {
    const { mapping, put, clock } = simulatedMapping({ handle: poison });
    put('key', 'poison');
    await mapping.start();
    await clock.advance(MINUTE_MS);
    expect(mapping.status().iteratorAgeMs).toBe(MINUTE_MS);
    await mapping.stop();
  });
});

describe('a handler', () => {
  it('cannot change a batch that will be retried', async () => {
    const seen: string[][] = [];
    let failures = 1;
    await delivered(['a', 'b'], {
      handle: (_, event) => {
        seen.push(dataOf(event));
        event.Records.length = 0;
        if (failures-- > 0) throw new Error('once');
      },
    });
    expect(seen).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });
});
