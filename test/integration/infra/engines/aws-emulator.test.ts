import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { engineOptions, startAwsEmulator } from '../../../../infra/local/engines/index.ts';

// As this machine has it: as a process, or in a container.
const options = engineOptions({ ...process.env, AWS_ENDPOINT_URL: '' }, () => {});

const clientFor = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });

describe('an AWS emulator that is started', () => {
  it('starts empty, serves on the loopback, and is gone when it is stopped', async () => {
    const emulator = await startAwsEmulator(options);
    const client = clientFor(emulator.address);
    try {
      expect(emulator.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
      await client.send(new CreateTableCommand(table));
      expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['things']);
    } finally {
      await emulator.stop();
    }
    await expect(client.send(new ListTablesCommand({}))).rejects.toThrow('ECONNREFUSED');
    client.destroy();
  }, 120_000);

  it('is not replaced by another when the endpoint that was named does not answer', async () => {
    const named = startAwsEmulator({ ...options, awsEndpoint: 'http://127.0.0.1:1' });
    await expect(named).rejects.toThrow('nothing answers at http://127.0.0.1:1');
  });
});

const table = {
  TableName: 'things',
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' as const }],
};
