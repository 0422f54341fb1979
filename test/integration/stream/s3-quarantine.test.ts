import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from '@jest/globals';
import { S3Quarantine } from '../../../services/stream/s3-quarantine.ts';
import { describeQuarantine } from '../../contract/quarantine-contract.ts';
import { freshAws } from '../../support/engines.ts';

const settings = freshAws();
const client = new S3Client(settings);
afterAll(() => client.destroy());

/** Bucket names are everybody's. */
const newBucket = async (): Promise<string> => {
  const bucket = `quarantine-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
};

describeQuarantine('S3', async () => ({
  quarantine: new S3Quarantine({ client, bucket: await newBucket() }),
}));

describe('S3Quarantine', () => {
  it('lists past what S3 answers at once', async () => {
    const pages = new S3Client(settings);
    let lists = 0;
    pages.middlewareStack.add(
      (next, context) => (args) => {
        if (context.commandName !== 'ListObjectsV2Command') return next(args);
        lists += 1;
        return next({ ...args, input: { ...args.input, MaxKeys: 10 } });
      },
      { step: 'initialize', name: 'smallPages' },
    );
    const quarantine = new S3Quarantine({ client: pages, bucket: await newBucket() });
    const ids = Array.from({ length: 25 }, (_, n) => String(n).padStart(15, '0'));
    await Promise.all(
      ids.map((id) => quarantine.put({ id, source: 'many', reason: 'r', atMs: 0, body: '' })),
    );
    const listed: string[] = [];
    for await (const { id } of quarantine.list('many')) listed.push(id);
    expect([listed, lists]).toEqual([ids, 3]);
    pages.destroy();
  });
});
