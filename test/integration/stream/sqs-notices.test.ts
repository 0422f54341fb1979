import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deployedQuarantine } from '../../../services/stream/deployed-quarantine.ts';
import type { Quarantine } from '../../../services/stream/quarantine.ts';
import { describeQuarantine } from '../../contract/quarantine-contract.ts';
import { freshAws } from '../../support/engines.ts';
import { createQueue, takeMessages } from '../../support/sqs-queue.ts';

const aws = freshAws();
const s3 = new S3Client(aws);
const sqs = new SQSClient(aws);
afterAll(() => {
  s3.destroy();
  sqs.destroy();
});

const make = async () => {
  const bucket = `quarantine-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const queueUrl = await createQueue(sqs);
  return { queueUrl, quarantine: deployedQuarantine({ s3, bucket, sqs: () => sqs, queueUrl }) };
};

describeQuarantine('S3, of which SQS is told', make);

describe('notices in SQS', () => {
  let queueUrl: string;
  let quarantine: Quarantine;
  beforeAll(async () => {
    ({ queueUrl, quarantine } = await make());
  });

  it('name the entry, in whatever characters, and leave the record out', async () => {
    const entry = {
      id: '1-\ud800',
      source: 'index-users',
      key: 'ünï\u0000\uffff🦀',
      reason: 'a\nb',
      atMs: 1_700_000_000_000,
      body: 'personal',
    };
    await quarantine.put(entry);
    const [body = '', ...more] = await takeMessages(sqs, queueUrl);
    expect(more).toEqual([]);
    expect(body).toMatch(/^[ -~]+$/);
    const { body: _, ...rest } = entry;
    expect(JSON.parse(body)).toEqual({ ...rest, bytes: 8 });
  });

  it('are small, however large the record and its reason', async () => {
    const large = {
      id: '2',
      source: 'x',
      reason: 'r'.repeat(2_000_000),
      atMs: 0,
      body: 'x'.repeat(1_048_576),
    };
    await quarantine.put(large);
    const [body = ''] = await takeMessages(sqs, queueUrl);
    expect(body.length).toBeLessThan(10_000);
    expect(JSON.parse(body)).toMatchObject({ id: '2', bytes: 1_048_576 });
  });

  it('come again when an entry is put again, as after a crash', async () => {
    const entry = { id: '3', source: 'x', reason: 'r', atMs: 0, body: 'x' };
    await quarantine.put(entry);
    await quarantine.put(entry);
    expect(await takeMessages(sqs, queueUrl)).toHaveLength(2);
  });
});
