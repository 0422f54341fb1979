import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll } from '@jest/globals';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { describeReportedReadings } from '../../contract/reported-readings-contract.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';

const client = new DynamoDBClient(freshAws());
afterAll(() => client.destroy());

describeReportedReadings('DynamoDB', async (clock) => {
  const table = await createTable(client, { partition: 'pk', sort: 'sk' });
  return new DynamoDbControlStore({ client, table, clock });
});
