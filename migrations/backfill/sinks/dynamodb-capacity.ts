import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { explainDynamoDbError } from '../../../services/store/dynamodb-errors.ts';
import type { SinkCapacity } from '../../moves/plan.ts';

/** us-east-1 since November 2024 (https://aws.amazon.com/dynamodb/pricing/on-demand/); other regions cost up to twice that. */
const DOLLARS_PER_MILLION = 0.625;
/** What a new on-demand table takes before it has grown. */
const NEW_TABLE_UNITS_PER_SECOND = 4_000;

/** What a table takes a second, and what that costs, as the table says. Needs `dynamodb:DescribeTable`. */
export const dynamoDbCapacity = async (options: {
  client: DynamoDBClient;
  table: string;
}): Promise<SinkCapacity> => {
  const { client, table } = options;
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    return capacityOf(Table ?? {});
  } catch (thrown) {
    throw await explainDynamoDbError(thrown, { client, table });
  }
};

const capacityOf = (table: TableDescription): SinkCapacity => {
  const unit = 'write units';
  const provisioned = table.ProvisionedThroughput?.WriteCapacityUnits ?? 0;
  if (table.BillingModeSummary?.BillingMode !== 'PAY_PER_REQUEST' && provisioned > 0)
    return { unit, unitsPerSecond: provisioned, limit: "the table's provisioned write units" };
  const cap = table.OnDemandThroughput?.MaxWriteRequestUnits ?? -1;
  const dollarsPerMillion = DOLLARS_PER_MILLION;
  if (cap > 0) return { unit, unitsPerSecond: cap, dollarsPerMillion, limit: "the table's own maximum" };
  const warm = table.WarmThroughput?.WriteUnitsPerSecond || NEW_TABLE_UNITS_PER_SECOND;
  return {
    unit,
    unitsPerSecond: warm,
    dollarsPerMillion,
    limit: 'what the on-demand table is warm for (it grows while it is used)',
  };
};
