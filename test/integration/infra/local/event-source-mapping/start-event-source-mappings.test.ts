import { randomUUID } from 'node:crypto';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import {
  type EventSourceMappings,
  startEventSourceMappings,
} from '../../../../../infra/local/event-source-mapping/aws/index.ts';
import type { MappingStatus } from '../../../../../infra/local/event-source-mapping/index.ts';
import { systemClock } from '../../../../../services/core/index.ts';
import { freshAws } from '../../../../support/engines.ts';
import { eventually } from '../../../../support/eventually.ts';

const aws = freshAws();
const cloudFormation = new CloudFormationClient(aws);
const lambda = new LambdaClient(aws);
const kinesis = new KinesisClient({ ...aws, requestHandler: new NodeHttpHandler() });
const sqs = new SQSClient(aws);
const s3 = new S3Client({ ...aws, forcePathStyle: true });
afterAll(() => {
  for (const client of [cloudFormation, lambda, kinesis, sqs, s3]) client.destroy();
});

/** Reports `poison` as a failed item, and breaks on `bomb`. */
const HANDLER = `
exports.handler = async (event) => {
  const data = event.Records.map((it) => Buffer.from(it.kinesis.data, 'base64').toString());
  console.log(data.join(' '));
  if (data.includes('bomb')) throw new Error('bang');
  return {
    batchItemFailures: event.Records
      .filter((_, index) => data[index] === 'poison')
      .map((it) => ({ itemIdentifier: it.kinesis.sequenceNumber })),
  };
};`;

const MAPPING_PROPERTIES = {
  Enabled: false,
  StartingPosition: 'AT_TIMESTAMP',
  StartingPositionTimestamp: { Ref: 'StartingPositionTimestamp' },
  BatchSize: 10,
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  MaximumRetryAttempts: 1,
};

/** A function and, once a timestamp is given, its mapping, as Banyan's stacks deploy them. */
const template = (stream: string, destinationArn: string, properties: object = {}): string =>
  JSON.stringify({
    Parameters: { StartingPositionTimestamp: { Type: 'Number', Default: 0 } },
    Conditions: { Started: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'StartingPositionTimestamp' }, 0] }] } },
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile: HANDLER },
        },
      },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Condition: 'Started',
        Properties: {
          FunctionName: { Ref: 'Function' },
          EventSourceArn: `arn:aws:kinesis:us-east-1:${aws.credentials.accessKeyId}:stream/${stream}`,
          DestinationConfig: { OnFailure: { Destination: destinationArn } },
          ...MAPPING_PROPERTIES,
          ...properties,
        },
      },
    },
  });

const POLLS = { maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 };
const parametersOf = (seconds: number) => [
  { ParameterKey: 'StartingPositionTimestamp', ParameterValue: String(seconds) },
];

const put = async (stream: string, ...data: readonly string[]): Promise<void> => {
  await kinesis.send(
    new PutRecordsCommand({
      StreamName: stream,
      Records: data.map((one) => ({ PartitionKey: 'key', Data: Buffer.from(one) })),
    }),
  );
};

const newStream = async (): Promise<string> => {
  const stream = `stream-${randomUUID()}`;
  await kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 1 }));
  return stream;
};

const newQueue = async (): Promise<{ readonly url: string; readonly arn: string }> => {
  const name = `queue-${randomUUID()}`;
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  return { url: QueueUrl, arn: `arn:aws:sqs:us-east-1:${aws.credentials.accessKeyId}:${name}` };
};

const deploy = async (StackName: string, TemplateBody: string, seconds: number): Promise<void> => {
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody, Parameters: parametersOf(seconds) }),
  );
  await waitUntilStackCreateComplete({ client: cloudFormation, ...POLLS }, { StackName });
};

const redeploy = async (StackName: string, TemplateBody: string, seconds: number): Promise<void> => {
  await cloudFormation.send(
    new UpdateStackCommand({ StackName, TemplateBody, Parameters: parametersOf(seconds) }),
  );
  await waitUntilStackUpdateComplete({ client: cloudFormation, ...POLLS }, { StackName });
};

describe('startEventSourceMappings', () => {
  let mappings: EventSourceMappings;
  let stackName: string;
  let stream: string;

  beforeEach(async () => {
    stackName = `Stack-${randomUUID()}`;
    stream = await newStream();
    mappings = startEventSourceMappings({
      ...{ lambda, kinesis, cloudFormation, sqs, s3 },
      clock: systemClock,
      log: { info: () => undefined, warn: () => undefined },
      pollMs: 50,
      discoverMs: 50,
    });
  });

  afterEach(async () => {
    await mappings.stop();
    await cloudFormation.send(new DeleteStackCommand({ StackName: stackName }));
  });

  const mapping = (): MappingStatus | undefined =>
    mappings.status().mappings.find((it) => it.streamArn.endsWith(`/${stream}`));
  const counted = (expected: Partial<MappingStatus>): Promise<void> =>
    eventually(() => {
      expect(mappings.status().problems).toEqual([]);
      expect(mapping()).toMatchObject(expected);
    });

  it("starts at the stack's timestamp, and tells how far it is", async () => {
    const queue = await newQueue();
    await put(stream, 'before', 'before');
    const seconds = Math.ceil(Date.now() / 1000);
    await eventually(() => expect(Date.now()).toBeGreaterThan(seconds * 1000));
    await put(stream, 'after', 'after', 'after');
    await deploy(stackName, template(stream, queue.arn), seconds);
    await counted({ state: 'running', recordsDelivered: 3, batches: 1, failures: 0, iteratorAgeMs: 0 });
    await put(stream, 'more');
    await counted({ recordsDelivered: 4, batches: 2 });
    expect(mapping()?.shards).toMatchObject([
      { shardId: 'shardId-000000000000', checkpoint: { at: 'AFTER_SEQUENCE_NUMBER' } },
    ]);
  });

  it('isolates a failed item, delivers the rest, and tells the queue without the record', async () => {
    const queue = await newQueue();
    await put(stream, 'a', 'b', 'poison', 'c', 'd');
    await deploy(stackName, template(stream, queue.arn), 1);
    await counted({ recordsDelivered: 4, recordsDiscarded: 1, destinationSends: 1 });
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.url }));
    const body = JSON.parse(Messages[0]?.Body ?? '');
    expect(body).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', functionArn: mapping()?.functionArn },
      KinesisBatchInfo: { batchSize: 1, shardId: 'shardId-000000000000', streamArn: mapping()?.streamArn },
    });
    expect(body).not.toHaveProperty('payload');
  });

  it('puts the whole record of a broken batch into a bucket', async () => {
    const Bucket = `bucket-${randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    await put(stream, 'a', 'bomb', 'c');
    await deploy(stackName, template(stream, `arn:aws:s3:::${Bucket}`), 1);
    await counted({ recordsDelivered: 2, recordsDiscarded: 1, destinationSends: 1 });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const Key = Contents[0]?.Key ?? '';
    expect(Key).toMatch(
      new RegExp(
        `^aws/lambda/${mapping()?.id}/shardId-000000000000/\\d{4}/\\d\\d/\\d\\d/[\\dT.-]{19}-[0-9a-f-]{36}$`,
      ),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const record = JSON.parse((await Body?.transformToString()) ?? '');
    expect(record).toMatchObject({ responseContext: { functionError: 'Unhandled' } });
    const { Records } = JSON.parse(record.payload);
    expect(Records).toHaveLength(1);
    expect(Buffer.from(Records[0].kinesis.data, 'base64').toString()).toBe('bomb');
  });

  it('goes on with changed settings, starts anew when replaced, and stops when removed', async () => {
    const queue = await newQueue();
    await put(stream, 'a', 'b');
    await deploy(stackName, template(stream, queue.arn), 1);
    await counted({ recordsDelivered: 2 });
    const id = mapping()?.id;
    await redeploy(stackName, template(stream, queue.arn, { BatchSize: 1 }), 1);
    await put(stream, 'c', 'd');
    await counted({ id, recordsDelivered: 4 });
    await redeploy(stackName, template(stream, queue.arn), 2);
    await counted({ recordsDelivered: 4, batches: 1 });
    expect(mapping()?.id).not.toBe(id);
    await redeploy(stackName, template(stream, queue.arn), 0);
    await eventually(() => expect(mapping()).toBeUndefined());
  });
});
