import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { systemClock } from '../core/index.ts';
import { profilesHandler } from './profiles-handler.ts';

const environment = z
  .object({
    PROFILES_TABLE: z.string().min(1),
    /** The name of the secret whose string is MongoDB's URI. */
    MONGODB_SECRET_NAME: z.string().min(1),
    MONGODB_DATABASE: z.string().min(1),
  })
  .parse(process.env);

/** The proxy asks the control after three seconds: better to fail before that. */
const client = new DynamoDBClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
});
const secrets = new SecretsProvider({ awsSdkV3Client: new SecretsManagerClient({ maxAttempts: 2 }) });

/** The profiles API: `GET`, `PUT` and `DELETE /profiles/{id}`. */
export const { handler } = profilesHandler({
  client,
  table: environment.PROFILES_TABLE,
  mongoUri: async () => String(await secrets.get(environment.MONGODB_SECRET_NAME)),
  database: environment.MONGODB_DATABASE,
  clock: systemClock,
  logger: new Logger(),
  metrics: new Metrics(),
});
