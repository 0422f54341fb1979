import { Logger } from '@aws-lambda-powertools/logger';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import config from 'banyan-config-of-the-team';
import * as z from 'zod';
import { systemClock } from '../../../services/core/index.ts';
import type { Environment } from '../config.ts';
import { partitionHandler } from './partition-handler.ts';

/** Variable → the name of the secret whose string is its value. */
const secretNames = z
  .record(z.string(), z.string().min(1))
  .parse(JSON.parse(process.env.BANYAN_SECRETS ?? '{}'));

const secrets = new SecretsProvider({ awsSdkV3Client: new SecretsManagerClient({}) });

/** What the configuration reads; secrets are never put into the process's own environment. */
const environment = async (): Promise<Environment> => {
  const values = await Promise.all(
    Object.entries(secretNames).map(async ([variable, name]) => [variable, String(await secrets.get(name))]),
  );
  return { ...process.env, ...Object.fromEntries(values) };
};

/** A worker of a backfill under Step Functions, with the configuration that was bundled with it. */
export const handler = partitionHandler({ config, environment, clock: systemClock, logger: new Logger() });
