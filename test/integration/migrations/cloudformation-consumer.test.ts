import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CloudFormationConsumer } from '../../../migrations/backfill/cloudformation-consumer.ts';
import { freshAws } from '../../support/engines.ts';
import { createConsumerStack } from '../../support/example-world.ts';

const STACK = 'Consumer';
const client = new CloudFormationClient(freshAws());
const consumerOf = (stack = STACK, startParameter = 'StartingPositionTimestamp') =>
  new CloudFormationConsumer({
    client,
    consumer: { stack, startParameter },
    signal: new AbortController().signal,
  });

beforeAll(() => createConsumerStack(client, STACK), 30_000);
afterAll(() => client.destroy());

describe('a consumer that a stack holds', () => {
  const resources = async () => {
    const { StackResourceSummaries = [] } = await client.send(
      new ListStackResourcesCommand({ StackName: STACK }),
    );
    return StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId).sort();
  };

  it('is started by one parameter, while the template and all other parameters stay', async () => {
    expect(await consumerOf().startsAtSeconds()).toBe(0);
    expect(await resources()).toEqual(['Always']);
    await consumerOf().startAt(1_700_000_000);
    expect(await consumerOf().startsAtSeconds()).toBe(1_700_000_000);
    expect(await resources()).toEqual(['Always', 'Consumer']);
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: STACK }));
    const other = Stacks?.[0]?.Parameters?.find(({ ParameterKey }) => ParameterKey === 'Other');
    expect(other?.ParameterValue).toBe('chosen');
  }, 30_000);

  it('says so when there is no such stack', async () => {
    await expect(consumerOf('Nothing').startsAtSeconds()).rejects.toMatchObject({
      code: 'no-such-stack',
      message: expect.stringContaining('there is no stack Nothing'),
    });
  });

  it('says so when the stack has no such parameter', async () => {
    await expect(consumerOf(STACK, 'Start').startsAtSeconds()).rejects.toThrow('has no parameter Start');
  });
});
