import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { dynamoDbCapacity } from '../../../../../migrations/backfill/sinks/dynamodb-capacity.ts';

const client = new DynamoDBClient({});
const dynamoDb = mockClient(client);

describe('what a table takes', () => {
  beforeEach(() => {
    dynamoDb.reset();
  });

  it.each([
    [
      'its provisioned units',
      { ProvisionedThroughput: { WriteCapacityUnits: 250 } },
      { unitsPerSecond: 250, limit: "the table's provisioned write units" },
    ],
    [
      'its own maximum',
      {
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' as const },
        OnDemandThroughput: { MaxWriteRequestUnits: 900 },
      },
      { unitsPerSecond: 900, dollarsPerMillion: 0.625, limit: "the table's own maximum" },
    ],
    [
      'what it is warm for',
      {
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' as const },
        WarmThroughput: { WriteUnitsPerSecond: 12_000 },
      },
      { unitsPerSecond: 12_000, dollarsPerMillion: 0.625 },
    ],
    [
      'what a new one does',
      { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' as const } },
      { unitsPerSecond: 4_000, dollarsPerMillion: 0.625 },
    ],
  ])('is %s', async (_, Table, expected) => {
    dynamoDb.on(DescribeTableCommand).resolves({ Table });
    expect(await dynamoDbCapacity({ client, table: 'things' })).toMatchObject({
      unit: 'write units',
      ...expected,
    });
  });
});
