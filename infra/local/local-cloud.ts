import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BanyanError } from '../../services/core/index.ts';
import { deploy, type StackOutputs } from './deploy.ts';

const MONGO_SECRET = 'banyan/mongodb';
const REGION = 'us-east-1';
/** The emulator's, for an access key that names no other. */
const ACCOUNT = '000000000000';

export interface LocalCloudOptions {
  /** Required. Where the AWS emulator answers. */
  readonly awsEndpoint: string;
  /** Required. What `synthesise` wrote. */
  readonly cloudAssembly: string;
  readonly mongoUri: string;
  readonly mongoDatabase: string;
  readonly cloudSearchEndpoint: string;
  readonly signal?: AbortSignal;
}

export type Variables = { readonly [name: string]: string };

/** What every AWS client needs in order to find the emulator; the credentials are dummies. */
export const awsVariables = (awsEndpoint: string): Variables => ({
  AWS_ENDPOINT_URL: awsEndpoint,
  // The S3 client would otherwise put the bucket into the host's name.
  AWS_ENDPOINT_URL_S3: awsEndpoint,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

/**
 * Deploys the example's stacks into the AWS emulator and answers the variables that `banyan.config.ts` reads.
 * The stream consumers are not started: that is a backfill's decision.
 */
export const deployLocalCloud = async (options: LocalCloudOptions): Promise<Variables> => {
  const aws = awsVariables(options.awsEndpoint);
  await keepMongoSecret(options);
  const outputs = await deploy(options.cloudAssembly, {
    env: { ...process.env, ...aws },
    environment: `aws://${ACCOUNT}/${REGION}`,
    parameters: stackParameters(options),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const variables = { ...aws, ...configVariables(outputs, options) };
  await expireTombstones(variables.BANYAN_PROFILES_TABLE, options.awsEndpoint);
  return variables;
};

const stackParameters = (options: LocalCloudOptions): Variables => ({
  // Each shard costs a process per consumer.
  'BanyanStream:ShardCount': '1',
  'BanyanSearch:EventSourceMappingEnabled': 'false',
  'BanyanSearch:CloudSearchDocumentEndpoint': options.cloudSearchEndpoint,
  'BanyanSearch:CloudSearchSearchEndpoint': options.cloudSearchEndpoint,
  'BanyanProfiles:EventSourceMappingEnabled': 'false',
  'BanyanProfiles:MongoSecretName': MONGO_SECRET,
  'BanyanProfiles:MongoDatabase': options.mongoDatabase,
});

const configVariables = (outputs: StackOutputs, options: LocalCloudOptions) => {
  const value = (stack: string, output: string): string => {
    const found = outputs[stack]?.[output];
    if (found === undefined) throw new BanyanError('cdk-failed', `stack ${stack} has no output ${output}`);
    return found;
  };
  const api = (stack: string, output: string): string =>
    `${options.awsEndpoint}/_aws/execute-api/${value(stack, output)}/$default`;
  return {
    MONGODB_URI: options.mongoUri,
    MONGODB_DATABASE: options.mongoDatabase,
    BANYAN_CONTROL_TABLE: value('BanyanControl', 'ControlTableName'),
    BANYAN_GUARD_TABLE: value('BanyanSearchData', 'GuardTableName'),
    BANYAN_PROFILES_TABLE: value('BanyanProfilesData', 'ProfilesTableName'),
    BANYAN_QUARANTINE_BUCKET: value('BanyanControl', 'QuarantineBucketName'),
    BANYAN_CLAIMS_BUCKET: value('BanyanControl', 'ClaimsBucketName'),
    USERS_STREAM: value('BanyanStream', 'UsersStreamName'),
    FOLLOWS_STREAM: value('BanyanStream', 'FollowsStreamName'),
    YUBLS_STREAM: value('BanyanStream', 'YublsStreamName'),
    CLOUDSEARCH_DOCUMENT_ENDPOINT: options.cloudSearchEndpoint,
    CLOUDSEARCH_SEARCH_ENDPOINT: options.cloudSearchEndpoint,
    SEARCH_API_URL: api('BanyanSearch', 'SearchApiId'),
    PROFILES_API_URL: api('BanyanProfiles', 'ProfilesApiId'),
  };
};

/** The monolith's team would keep this secret; here nobody else does. */
const keepMongoSecret = async ({ awsEndpoint, mongoUri }: LocalCloudOptions): Promise<void> => {
  const client = new SecretsManagerClient(clientOptions(awsEndpoint));
  await client.send(new CreateSecretCommand({ Name: MONGO_SECRET, SecretString: mongoUri }));
  client.destroy();
};

/** The emulator ignores a table's `timeToLiveAttribute` in a template (infra/README.md). */
const expireTombstones = async (table: string, awsEndpoint: string): Promise<void> => {
  const client = new DynamoDBClient(clientOptions(awsEndpoint));
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: table,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    }),
  );
  client.destroy();
};

const clientOptions = (endpoint: string) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
