import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { type Db, MongoClient } from 'mongodb';
import { type Clock, systemClock } from '../../services/core/index.ts';
import { once } from '../../services/core/once.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { DynamoDbControlStore } from '../../services/store/dynamodb-control-store.ts';
import { FolderQuarantine } from '../../services/stream/folder-quarantine.ts';
import type { Quarantine } from '../../services/stream/quarantine.ts';
import { S3Quarantine } from '../../services/stream/s3-quarantine.ts';
import { type Config, partOf } from './config.ts';
import type { Output } from './output.ts';

/** What every command is handed: configuration, connections that are made when first asked for, and time. */
export interface CommandContext {
  readonly output: Output;
  readonly clock: Clock;
  /** Aborts when the operator presses Ctrl-C (or sends SIGTERM) for the first time. */
  readonly interrupted: AbortSignal;
  config(): Promise<Config>;
  mongo(): Promise<{ client: MongoClient; db: Db }>;
  controlStore(): Promise<ControlStore>;
  quarantine(): Promise<Quarantine>;
  /** Lets go of something else that the command opened, when the command ends. */
  onClose(close: () => Promise<void>): void;
  /** Closes every connection that was made. */
  close(): Promise<void>;
}

/**
 * The SDK would wait for ever where nothing answers: an operator who turns back has to hear that the store is away, and
 * what a proxy asks twice a second must not pile up. Each request is tried three times.
 */
const IN_TIME = { connectionTimeout: 2_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

export const createContext = (options: {
  /** Called once, when the configuration is first asked for. */
  config: () => Promise<Config>;
  output: Output;
  interrupted: AbortSignal;
}): CommandContext => {
  const closers: (() => Promise<void>)[] = [];
  const config = once(options.config);
  return {
    output: options.output,
    clock: systemClock,
    interrupted: options.interrupted,
    config,
    mongo: once(async () => {
      const source = partOf(await config(), 'source');
      const client = new MongoClient(source.uri, { serverSelectionTimeoutMS: 3_000 });
      closers.push(() => client.close());
      await client.connect();
      return { client, db: client.db(source.database) };
    }),
    controlStore: once(async () => {
      const table = partOf(await config(), 'controlTable');
      const client = new DynamoDBClient({ requestHandler: IN_TIME });
      closers.push(async () => client.destroy());
      return new DynamoDbControlStore({ client, table, clock: systemClock });
    }),
    quarantine: once(async () => {
      const quarantine = partOf(await config(), 'quarantine');
      if ('folder' in quarantine) return new FolderQuarantine(quarantine);
      const client = new S3Client({});
      closers.push(async () => client.destroy());
      if (quarantine.queue === undefined) return new S3Quarantine({ client, bucket: quarantine.bucket });
      const { SQSClient } = await import('@aws-sdk/client-sqs');
      const { deployedQuarantine } = await import('../../services/stream/deployed-quarantine.ts');
      const sqs = new SQSClient({});
      closers.push(async () => sqs.destroy());
      const { bucket, queue: queueUrl } = quarantine;
      return deployedQuarantine({ s3: client, bucket, sqs: () => sqs, queueUrl });
    }),
    onClose: (close) => {
      closers.push(close);
    },
    close: async () => {
      for (const close of closers.reverse()) await close();
    },
  };
};
