import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { entityKeyOf, parseEvents, RejectError, systemClock } from '../../../services/core/index.ts';
import { Outbox, outboxOf } from '../../../services/outbox/index.ts';
import { deployedQuarantine } from '../../../services/stream/deployed-quarantine.ts';
import { type KinesisConsumer, kinesisConsumer } from '../../../services/stream/kinesis-consumer.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';
import { createQueue, takeMessages } from '../../support/sqs-queue.ts';
import { thingEntity } from '../../support/things.config.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

jest.setTimeout(30_000);

/** What a consumer of the stream `things` could not apply, in S3, told to SQS, and replayed by the command line. */
describe('a record that a consumer quarantined', () => {
  let things: Things;
  let outbox: Outbox;
  let consume: KinesisConsumer;
  let s3: S3Client;
  let sqs: SQSClient;
  let bucket: string;
  let queueUrl: string;
  let delivered = 0;

  beforeAll(async () => {
    things = await makeThings();
    outbox = new Outbox({ client: things.db.client, db: things.db, clock: systemClock, source: '/test' });
    await outbox.open();
    s3 = new S3Client({ ...things.aws, forcePathStyle: true });
    sqs = new SQSClient(things.aws);
    bucket = `quarantine-${randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    queueUrl = await createQueue(sqs);
    consume = kinesisConsumer({
      name: 'project-things',
      slice: 'entity',
      transform: ({ name }) => {
        if (typeof name !== 'string') throw new RejectError('the name is no text');
        return { name };
      },
      store: things.store,
      quarantine: deployedQuarantine({ s3, bucket, sqs: () => sqs, queueUrl }),
      clock: systemClock,
      report: () => undefined,
    });
  });
  afterAll(async () => {
    s3.destroy();
    sqs.destroy();
    await things.close();
  });

  const banyan = async (...args: string[]) =>
    things.banyan(['quarantine', ...args], {
      THINGS_QUARANTINE_BUCKET: bucket,
      THINGS_QUARANTINE_QUEUE: queueUrl,
      AWS_ENDPOINT_URL_S3: things.aws.endpoint,
    });
  /** Hands the consumer the newest event of a key, as the stream would. */
  const deliver = async (key: string): Promise<void> => {
    const row = await outboxOf(things.db).findOne({ key }, { sort: { _id: -1 } });
    delivered += 1;
    const record = {
      data: row?.event ?? '',
      sequenceNumber: String(49_590_338_271_490_256_608n + BigInt(delivered)),
    };
    expect(await consume(kinesisEvent([record]))).toEqual({ batchItemFailures: [] });
  };
  const create = async (name: unknown): Promise<{ id: ObjectId; key: string }> => {
    const id = new ObjectId();
    await outbox.transaction((tx) => tx.create(thingEntity, { _id: id, name }, 'thing.created'));
    return { id, key: entityKeyOf(id) };
  };

  it('is listed, shown, told of, and settled by a replay once its key is right at the source', async () => {
    const { id, key } = await create(7);
    await deliver(key);
    const [notice = ''] = await takeMessages(sqs, queueUrl);
    const told = JSON.parse(notice);
    expect(told).toMatchObject({ source: 'project-things', key });

    const listed = await banyan('list', 'things');
    expect(listed.answers).toContainEqual(expect.objectContaining({ event: 'entry', id: told.id, key }));
    const shown = await banyan('show', 'things', told.id);
    expect(parseEvents(shown.answers[0]?.body as string)).toMatchObject([{ subject: key }]);

    expect(await banyan('replay', 'things')).toMatchObject({ code: 4 });
    await outbox.transaction((tx) => tx.update(thingEntity, id, { set: { name: 'right' } }, 'thing.named'));
    expect(await banyan('replay', 'things')).toMatchObject({ code: 0 });
    expect(await things.store.get([key])).toMatchObject([{ state: { name: 'right' } }]);
  });

  it('does not bring a key back that was deleted since, whether or not the sink knows it', async () => {
    const [known, unknown] = [await create(7), await create(8)];
    for (const { key } of [known, unknown]) await deliver(key);
    for (const { id } of [known, unknown]) {
      await outbox.transaction((tx) => tx.delete(thingEntity, id, 'thing.deleted'));
    }
    await deliver(known.key);
    expect(await banyan('replay', 'things')).toMatchObject({ code: 0 });
    expect(await things.store.get([known.key, unknown.key])).toMatchObject([
      { key: known.key, state: null },
      { key: unknown.key, state: null },
    ]);
    expect((await banyan('list', 'things')).answers).toEqual([
      { event: 'result', name: 'things', entries: 0 },
    ]);
  });

  it('does not undo what was written since', async () => {
    const { id, key } = await create(7);
    await deliver(key);
    await outbox.transaction((tx) => tx.update(thingEntity, id, { set: { name: 'newer' } }, 'thing.named'));
    await deliver(key);
    expect(await banyan('replay', 'things')).toMatchObject({ code: 0 });
    expect(await things.store.get([key])).toMatchObject([{ state: { name: 'newer' } }]);
  });
});
