import { HeadBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { assertBucket } from '../../../../migrations/cli/assert-bucket.ts';
import type { CommandContext } from '../../../../migrations/cli/context.ts';
import { UsageError } from '../../../../services/core/index.ts';

const s3 = mockClient(S3Client);
const warnings: string[] = [];
const context = { output: { warn: (text: string) => warnings.push(text) } } as unknown as CommandContext;

const answering = (httpStatusCode: number) =>
  s3
    .on(HeadBucketCommand)
    .rejects(
      new S3ServiceException({ name: 'x', message: 'x', $fault: 'client', $metadata: { httpStatusCode } }),
    );
const check = () =>
  assertBucket(context, {
    client: new S3Client({}),
    bucket: 'claims',
    setting: 'relay.oversize.claimBucket',
  });

beforeEach(() => {
  s3.reset();
  warnings.length = 0;
});

describe('a bucket of the configuration', () => {
  it('may be there', async () => {
    s3.on(HeadBucketCommand).resolves({});
    await check();
    expect(warnings).toEqual([]);
  });

  it.each([
    [404, 'relay.oversize.claimBucket names the bucket claims, which does not exist here'],
    [400, 'relay.oversize.claimBucket names the bucket claims, which does not exist here'],
    [301, 'relay.oversize.claimBucket names the bucket claims, which is in another region: set AWS_REGION'],
  ])('is a mistake when S3 answers %d', async (status, said) => {
    answering(status);
    const refusal = await check().catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(UsageError);
    expect(String(refusal)).toContain(said);
  });

  it('is only doubted when it may not be looked at: writing needs another right', async () => {
    answering(403);
    await check();
    expect(warnings).toEqual([expect.stringContaining('may not be looked at (s3:ListBucket)')]);
  });

  it('is unknown while S3 fails', async () => {
    answering(503);
    await expect(check()).rejects.toBeInstanceOf(S3ServiceException);
  });
});
