import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { UsageError } from '../../services/core/index.ts';
import type { CommandContext } from './context.ts';

/**
 * Looks whether a bucket of the configuration is there, before anything depends on it. Who may write to it may
 * be forbidden to look: then it only warns.
 * @throws UsageError that names the setting.
 */
export const assertBucket = async (
  { output }: CommandContext,
  options: { client: S3Client; bucket: string; setting: string },
): Promise<void> => {
  const { client, bucket, setting } = options;
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (cause) {
    const status = (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    const named = `${setting} names the bucket ${bucket}`;
    if (status === 403) {
      output.warn(`${named}, which may not be looked at (s3:ListBucket): whether it can be used will show`);
    } else if (status === 404 || status === 400) {
      const advice = 'which does not exist here: deploy it, or correct the configuration';
      throw new UsageError(`${named}, ${advice}`, { cause });
    } else if (status === 301) {
      throw new UsageError(`${named}, which is in another region: set AWS_REGION to it`, { cause });
    } else throw cause;
  }
};
