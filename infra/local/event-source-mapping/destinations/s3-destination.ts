import { randomUUID } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DiscardedBatch, FailureDestination } from './failure-destination.ts';

/**
 * A bucket: it gets the whole event beside the metadata, as the escaped JSON string `payload`, under a key that
 * the documentation gives.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export const s3Destination = (options: {
  readonly client: S3Client;
  readonly bucket: string;
}): FailureDestination => ({
  send: async (discarded) => {
    await options.client.send(
      new PutObjectCommand({
        Bucket: options.bucket,
        Key: objectKey(discarded),
        ContentType: 'application/json',
        Body: JSON.stringify({ ...discarded.record, payload: discarded.payload }),
      }),
    );
  },
});

/** `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>` */
const objectKey = ({ mappingId, record }: DiscardedBatch): string => {
  const [day = '', time = ''] = record.timestamp.slice(0, 19).split('T');
  const folder = `aws/lambda/${mappingId}/${record.KinesisBatchInfo.shardId}/${day.replaceAll('-', '/')}`;
  return `${folder}/${day}T${time.replaceAll(':', '.')}-${randomUUID()}`;
};
