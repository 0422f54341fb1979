import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseEvents } from '../../../services/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

describe('banyan capture', () => {
  let world: Things;
  let kinesis: KinesisClient;
  beforeEach(async () => {
    world = await makeThings();
    kinesis = kinesisClient(world.aws);
    await world.db.createCollection('things');
  });
  afterEach(async () => {
    kinesis.destroy();
    await world.close();
  });

  const things = () => world.db.collection<{ _id: string; name?: string }>('things');
  const start = (...args: string[]) => world.start(['capture', 'things', '--metrics-port', '0', ...args]);
  const createStream = async () => {
    await kinesis.send(new CreateStreamCommand({ StreamName: 'things', ShardCount: 1 }));
    await eventually(async () => {
      const answer = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'things' }));
      expect(answer.StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE');
    });
  };
  const standing = () => world.db.collection('_banyan_capture_things').findOne({ token: { $ne: null } });
  const told = async () =>
    (await readStream(kinesis, 'things'))
      .flatMap(({ data }) => parseEvents(data))
      .map(({ type, subject }) => `${type} ${subject}`);

  it('publishes what others write, and goes on where it stood', async () => {
    await createStream();
    const first = start();
    await eventually(async () => expect(await standing()).not.toBeNull());
    await things().insertOne({ _id: 'a', name: 'one' });
    await eventually(async () => expect(await told()).toEqual(['thing.created a']));
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    await things().updateOne({ _id: 'a' }, { $set: { name: 'two' } });
    await things().deleteOne({ _id: 'a' });
    const second = start();
    await eventually(async () =>
      expect(await told()).toEqual(['thing.created a', 'thing.updated a', 'thing.deleted a']),
    );
    second.child.kill('SIGTERM');
    await second.ended;
  });

  it('names a Kinesis stream that is not there', async () => {
    const { code, stderr } = await world.banyan(['capture', 'thing']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/streams\.things names the Kinesis stream things, which does not exist/);
  });
});
