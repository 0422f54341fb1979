import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Clock } from '../core/index.ts';
import { DynamoDbStore } from '../store/dynamodb-store.ts';
import { MongoRecordSource } from '../store/mongo-record-source.ts';
import { ReadThrough } from '../store/read-through.ts';
import { type CopyReport, WriteThrough } from '../store/write-through.ts';
import type { Answer } from './answers.ts';
import { MongoAuthority } from './mongo-authority.ts';
import { PROFILES_SLICE, type Profile, toProfile } from './profile.ts';
import { Profiles } from './profiles.ts';
import { profilesRouter, type RequestLogger } from './profiles-router.ts';
import { userEntity } from './user-entity.ts';

export interface ProfilesHandlerOptions {
  readonly client: DynamoDBClient;
  /** Required. The profiles table. */
  readonly table: string;
  /** Required. Answers MongoDB's connection string. */
  readonly mongoUri: () => Promise<string>;
  /** Required. The monolith's database. */
  readonly database: string;
  readonly clock: Clock;
  readonly logger: RequestLogger;
  readonly metrics: {
    addMetric(name: string, unit: (typeof MetricUnit)['Count'], value: number): unknown;
    publishStoredMetrics(): void;
  };
}

/** Somebody waits for the answer, and the proxy asks the control after a few seconds: hardly any patience. */
const RETRY = { maxRetries: 1, initialDelayMs: 50, maxDelayMs: 50 };

/** Puts the profiles API together; nothing is connected until a request needs it. */
export const profilesHandler = (
  options: ProfilesHandlerOptions,
): { handler(event: APIGatewayProxyEventV2): Promise<Answer>; close(): Promise<void> } => {
  const { client, table, clock, logger } = options;
  const mongo = new MongoAuthority({ uri: options.mongoUri, database: options.database, clock });
  const authority = mongo.connect;
  const store = new DynamoDbStore<Profile>({ client, table, clock, retry: RETRY });
  const source = {
    read: async (keys: readonly string[]) => {
      const { db } = await authority();
      const reading = { db, entity: userEntity, slice: PROFILES_SLICE, transform: toProfile };
      return new MongoRecordSource<Profile>(reading).read(keys);
    },
  };
  const reader = new ReadThrough({ store, source, report: copyReport('readThrough', options) });
  const copier = new WriteThrough({ store, report: copyReport('writeThrough', options) });
  const profiles = new Profiles({ reader, copier, authority, clock });
  return {
    handler: profilesRouter({ profiles, authority, clock, logger }),
    close: () => mongo.close(),
  };
};

/** Counts copies into the table by their outcome, as `readThrough.written`; a failed one is an error line too. */
const copyReport =
  (kind: 'readThrough' | 'writeThrough', { metrics, logger }: ProfilesHandlerOptions): CopyReport =>
  (outcome, cause) => {
    metrics.addMetric(`${kind}.${outcome}`, MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
    if (cause !== undefined) logger.error('the table did not take a copy', { kind, outcome, error: cause });
  };
