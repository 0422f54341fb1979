import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3ClaimStore } from '../../../services/stream/s3-claim-store.ts';
import { describeClaimStore } from '../../contract/claim-store-contract.ts';
import { freshAws } from '../../support/engines.ts';

describeClaimStore('S3', async () => {
  const client = new S3Client(freshAws());
  const bucket = `claims-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    claims: new S3ClaimStore({ client, bucket }),
    expire: async (reference) => {
      const Key = reference.slice(`s3://${bucket}/`.length);
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    },
    close: async () => client.destroy(),
  };
});
