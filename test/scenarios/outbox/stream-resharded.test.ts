import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KinesisStreamEvent } from 'aws-lambda';
import { KinesisStreamReader } from '../../../infra/local/event-source-mapping/aws/index.ts';
import {
  EventSourceMapping,
  handlerInvoker,
  MemoryStream,
  type StreamReader,
} from '../../../infra/local/event-source-mapping/index.ts';
import { type Clock, systemClock } from '../../../services/core/index.ts';
import type { EventStream, StreamEntry } from '../../../services/outbox/index.ts';
import { KinesisEventStream } from '../../../services/outbox/kinesis/index.ts';
import { openOutbox } from '../../integration/outbox/open-outbox.ts';
import { type BusyWriters, startWriters } from '../../support/busy-writers.ts';
import { type Door, openDoor } from '../../support/closable-door.ts';
import { type EngineRelay, startEngineRelay } from '../../support/engine-relay.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { NOTHING_LOST, publishedEvents } from '../../support/published-events.ts';
import { RelayWorld } from '../../support/relay-world.ts';

const WITHIN_MS = 60_000;
const WRITES = 300;
const MIDDLE = String(2n ** 127n);

/** A consumer behind an event source mapping, and what it was handed, repeats included. */
const startConsumer = async (stream: StreamReader, clock: Clock, handle = async () => undefined) => {
  const handed: StreamEntry[] = [];
  const handler = async (event: KinesisStreamEvent) => {
    await handle();
    for (const { kinesis } of event.Records) {
      handed.push({ key: kinesis.partitionKey, data: Buffer.from(kinesis.data, 'base64').toString() });
    }
  };
  const configuration = { StartingPosition: 'TRIM_HORIZON', ParallelizationFactor: 4 } as const;
  const invoker = handlerInvoker(handler);
  const mapping = new EventSourceMapping({ configuration, stream, clock, invoker, pollMs: 200 });
  await mapping.start();
  return { handed, mapping };
};

describe('a stream of which shards split and merge under writes, on the emulator', () => {
  let open: Awaited<ReturnType<typeof openOutbox>>;
  let kinesis: KinesisClient;
  let throughDoor: KinesisClient;
  let door: Door;
  let things: string;
  let relay: EngineRelay;
  let writers: BusyWriters;
  let consumer: Awaited<ReturnType<typeof startConsumer>>;

  beforeEach(async () => {
    const aws = freshAws();
    door = await openDoor(aws.endpoint);
    kinesis = kinesisClient(aws);
    throughDoor = kinesisClient({ ...aws, endpoint: door.endpoint });
    things = await createStream(kinesis);
    open = await openOutbox();
    const stream = new KinesisEventStream({ client: throughDoor, names: { things } });
    relay = startEngineRelay({ db: open.db, stream });
    const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: things }));
    const streamArn = summary.StreamDescriptionSummary?.StreamARN ?? '';
    consumer = await startConsumer(new KinesisStreamReader({ client: kinesis, streamArn }), systemClock);
    writers = startWriters({ outbox: open.outbox, seed: 1, writesPerSecond: 300 });
  }, 30_000);
  afterEach(async () => {
    await Promise.all([writers.stop(), relay.stop(), consumer.mapping.stop()]);
    await open.drop();
    await door.shut();
    for (const client of [kinesis, throughDoor]) client.destroy();
  });

  const written = async () => {
    const before = writers.committed.length;
    await eventually(() => expect(writers.committed.length).toBeGreaterThan(before + WRITES), WITHIN_MS);
  };

  const shardIds = async (): Promise<string[]> => {
    const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: things }));
    return Shards.map(({ ShardId = '' }) => ShardId).sort();
  };

  /** The emulator drops what a shard that it splits has unread: so nothing arrives then, and all is read. */
  const reshard = async (change: (shards: string[]) => Promise<unknown>) => {
    await door.shut();
    await eventually(async () => {
      const arrived = await readStream(kinesis, things);
      const handed = new Set(consumer.handed.map(({ key, data }) => `${key} ${data}`));
      expect(arrived.filter(({ key, data }) => !handed.has(`${key} ${data}`))).toEqual([]);
    }, WITHIN_MS);
    await change(await shardIds());
    await door.reopen();
  };

  it('hands its consumer every event, each key’s in order', async () => {
    const StreamName = things;
    await written();
    await reshard(([ShardToSplit]) =>
      kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey: MIDDLE })),
    );
    await written();
    expect(await shardIds()).toHaveLength(2);
    await reshard(([ShardToMerge, AdjacentShardToMerge]) =>
      kinesis.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge })),
    );
    await written();
    expect(await shardIds()).toHaveLength(1);
    await writers.stop();
    await relay.done(WITHIN_MS);
    await eventually(async () => {
      expect(await publishedEvents(open.db, consumer.handed)).toMatchObject(NOTHING_LOST);
    }, WITHIN_MS);
  }, 120_000);
});

describe('a stream of which shards split and merge while its consumer is behind', () => {
  it('hands over what the parents have before what the children have', async () => {
    const world = new RelayWorld();
    const { clock } = world;
    const stream = new MemoryStream({ clock });
    const publishing: EventStream = {
      send: async (_, entries) => {
        for (const { key, data } of entries) stream.put({ partitionKey: key, data });
        return entries.map(() => undefined);
      },
    };
    world.start('a', { stream: publishing });
    const slow = async () => {
      await clock.sleep(30_000);
      return undefined;
    };
    const { handed, mapping } = await startConsumer(stream, clock, slow);
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
    const committed: number[][] = keys.map(() => []);
    const writeFor = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        for (const [at, { event }] of world.commit(...keys).entries()) {
          committed[at]?.push(Number(JSON.parse(event).id));
        }
        await clock.advance(1_000);
      }
    };
    await writeFor(30);
    const [low] = stream.openShardIds();
    stream.split(low ?? '');
    await writeFor(30);
    const [left, right] = stream.openShardIds();
    stream.merge(left ?? '', right ?? '');
    await writeFor(30);
    expect(handed.length).toBeLessThan(committed.flat().length / 2);

    await clock.advance(2 * 3_600_000);
    const numbersOf = (wanted: string) =>
      handed.flatMap(({ key, data }) =>
        key === wanted ? [JSON.parse(data)].flat().map(({ id }: { id: string }) => Number(id)) : [],
      );
    for (const [at, key] of keys.entries()) expect(numbersOf(key)).toEqual(committed[at]);
    const stopped = mapping.stop();
    await clock.advance(60_000);
    await stopped;
    await world.end();
  }, 60_000);
});
