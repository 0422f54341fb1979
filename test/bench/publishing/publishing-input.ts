import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Where a contender reads and publishes. */
export interface PublishingInput {
  readonly mongoUri: string;
  readonly database: string;
  /** From where on to read. */
  readonly token: string;
  /** How many events there are; it ends after them. */
  readonly events: number;
  readonly kinesis: KinesisPlace;
}

export interface KinesisPlace {
  readonly endpoint: string;
  /** Of the emulator: the account. */
  readonly accessKeyId: string;
  readonly streamName: string;
}

export const kinesisClientOf = ({ endpoint, accessKeyId }: KinesisPlace): KinesisClient =>
  new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'bench' },
    requestHandler: new NodeHttpHandler(),
  });
