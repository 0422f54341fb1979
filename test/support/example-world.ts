import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, KinesisClient, waitUntilStreamExists } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CloudSearchIndex } from '../../services/search/cloudsearch-index.ts';
import {
  userSearchDomainFields,
  userSearchFields,
  userSearchRanking,
} from '../../services/search/user-search-document.ts';
import { freshCloudSearch } from './cloudsearch.ts';
import { createTable } from './dynamodb-table.ts';
import { freshAws, freshDatabase, mongoUri } from './engines.ts';

/** A stack with what Banyan's start a consumer by: something that exists once the parameter is not 0. */
const CONSUMER_TEMPLATE = JSON.stringify({
  Parameters: {
    StartingPositionTimestamp: { Type: 'Number', Default: 0 },
    Other: { Type: 'String', Default: 'default' },
  },
  Conditions: { Started: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'StartingPositionTimestamp' }, 0] }] } },
  Resources: {
    Always: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: { Ref: 'Other' } } },
    Consumer: {
      Type: 'AWS::SQS::Queue',
      Condition: 'Started',
      Properties: { DelaySeconds: 0 },
    },
  },
});

/** Creates a stack from `CONSUMER_TEMPLATE`. */
export const createConsumerStack = async (client: CloudFormationClient, stack: string): Promise<void> => {
  await client.send(
    new CreateStackCommand({
      StackName: stack,
      TemplateBody: CONSUMER_TEMPLATE,
      Parameters: [{ ParameterKey: 'Other', ParameterValue: 'chosen' }],
    }),
  );
  await waitUntilStackCreateComplete(
    { client, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.5 },
    { StackName: stack },
  );
};

export interface ExampleOptions {
  /** Optional: defaults to one in this process and in memory. */
  readonly search?: Awaited<ReturnType<typeof freshCloudSearch>>;
  /** Optional: defaults to the tests' own AWS. Where the streams are. */
  readonly kinesisEndpoint?: string;
}

/** Everything that `banyan.config.ts` names, empty, and the variables that point it there. */
export const makeExample = async (options: ExampleOptions = {}) => {
  const { client, db, drop } = await freshDatabase();
  const aws = freshAws();
  const kinesisEndpoint = options.kinesisEndpoint ?? aws.endpoint;
  const dynamoDb = new DynamoDBClient(aws);
  const kinesis = new KinesisClient({
    ...aws,
    endpoint: kinesisEndpoint,
    requestHandler: new NodeHttpHandler(),
  });
  const cloudFormation = new CloudFormationClient(aws);
  const search = options.search ?? (await freshCloudSearch(userSearchDomainFields));
  const [control, guard, profiles, emptyTable] = await Promise.all([
    createTable(dynamoDb, { partition: 'pk', sort: 'sk' }),
    createTable(dynamoDb, { partition: 'key' }),
    createTable(dynamoDb, { partition: 'key' }),
    createTable(dynamoDb, { partition: 'key' }),
    createStream(kinesis, 'users'),
    createConsumerStack(cloudFormation, 'BanyanSearch'),
    createConsumerStack(cloudFormation, 'BanyanProfiles'),
  ]);
  const env = {
    MONGODB_URI: mongoUri(),
    MONGODB_DATABASE: db.databaseName,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ENDPOINT_URL_KINESIS: kinesisEndpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    BANYAN_CONTROL_TABLE: control,
    BANYAN_GUARD_TABLE: guard,
    BANYAN_PROFILES_TABLE: profiles,
    USERS_STREAM: 'users',
    // Nobody publishes to these here.
    FOLLOWS_STREAM: 'users',
    YUBLS_STREAM: 'users',
    CLOUDSEARCH_DOCUMENT_ENDPOINT: search.endpoint,
    CLOUDSEARCH_SEARCH_ENDPOINT: search.endpoint,
  };
  /** The index itself, past its guard. */
  const searchIndex = new CloudSearchIndex({
    documents: search,
    searches: search,
    fields: userSearchFields,
    ranking: userSearchRanking,
  });
  return {
    aws,
    client,
    db,
    kinesis,
    env,
    emptyTable,
    searchIndex,
    cloudFormation,
    close: async () => {
      for (const client of [dynamoDb, kinesis, cloudFormation]) client.destroy();
      await Promise.all([drop(), search.stop()]);
    },
  };
};

const createStream = async (client: KinesisClient, name: string): Promise<void> => {
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: 2 }));
  await waitUntilStreamExists(
    { client, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.5 },
    { StreamName: name },
  );
};
