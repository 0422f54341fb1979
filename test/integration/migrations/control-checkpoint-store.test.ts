import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll } from '@jest/globals';
import { ControlCheckpointStore } from '../../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { describeCheckpointStore } from '../../contract/checkpoint-store-contract.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';

const client = new DynamoDBClient(freshAws());
afterAll(() => client.destroy());

describeCheckpointStore('the control store in DynamoDB', async () => {
  const table = await createTable(client, { partition: 'pk', sort: 'sk' });
  const control = new DynamoDbControlStore({ client, table, clock: systemClock });
  return { store: new ControlCheckpointStore({ control }), close: async () => {} };
});
