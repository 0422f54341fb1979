import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { S3Quarantine } from '../../../services/stream/s3-quarantine.ts';
import { describeQuarantine } from '../../contract/quarantine-contract.ts';
import { freshAws } from '../../support/engines.ts';

const client = new S3Client({ ...freshAws(), forcePathStyle: true });
afterAll(() => client.destroy());

/** Bucket names are everybody's. */
const make = async (name: string) => {
  const bucket = `${name}-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { quarantine: new S3Quarantine({ client, bucket }) };
};

describeQuarantine('S3', () => make('contract'));

describe('S3Quarantine', () => {
  it('lists past the thousand entries that S3 answers at once', async () => {
    const { quarantine } = await make('pages');
    const ids = Array.from({ length: 1_005 }, (_, n) => String(n).padStart(15, '0'));
    const put = (id: string) => quarantine.put({ id, source: 'many', reason: 'r', atMs: 0, body: '' });
    const limit = pLimit(20);
    await Promise.all(ids.map((id) => limit(put, id)));
    const listed: string[] = [];
    for await (const { id } of quarantine.list('many')) listed.push(id);
    expect(listed).toEqual(ids);
  }, 30_000);
});
