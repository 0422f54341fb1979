import { S3Client } from '@aws-sdk/client-s3';
import { CLAIM_CHECK_RECORD_BYTES, ClaimCheckStream } from '../../services/outbox/claim-check.ts';
import { type EventStream, type RelaySettings, relaySettings } from '../../services/outbox/index.ts';
import { S3ClaimStore } from '../../services/stream/s3-claim-store.ts';
import { assertBucket } from './assert-bucket.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';

/** How what publishes works, given what the configuration says of events that are too large for a stream. */
export const publishingSettings = ({ relay: { oversize } }: Config): RelaySettings =>
  relaySettings(oversize === 'quarantine' ? {} : { maxRecordBytes: CLAIM_CHECK_RECORD_BYTES });

/**
 * The stream, with the data of events that are too large for it kept apart where the configuration says so.
 * @throws UsageError when the bucket does not exist.
 */
export const withClaims = async (context: CommandContext, stream: EventStream): Promise<EventStream> => {
  const { oversize } = (await context.config()).relay;
  if (oversize === 'quarantine') return stream;
  const client = new S3Client({});
  context.onClose(async () => client.destroy());
  const bucket = oversize.claimBucket;
  await assertBucket(context, { client, bucket, setting: 'relay.oversize.claimBucket' });
  return new ClaimCheckStream({ stream, claims: new S3ClaimStore({ client, bucket }) });
};
