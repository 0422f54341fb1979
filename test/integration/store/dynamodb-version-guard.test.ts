import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbVersionGuard } from '../../../services/store/dynamodb-version-guard.ts';
import { describeVersionGuard } from '../../contract/version-guard-contract.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';

const settings = freshAws();
const client = new DynamoDBClient(settings);
afterAll(() => client.destroy());

const freshGuard = async (over = client) => {
  const table = await createTable(client, { partition: 'key' });
  return new DynamoDbVersionGuard({ client: over, table, clock: systemClock });
};
const times = { nowMs: 1_000, busyUntilMs: 12_000 };

describeVersionGuard('DynamoDB', freshGuard);

describe('DynamoDbVersionGuard', () => {
  it('grants a claim whose first answer was lost, and keeps the key busy as long as the first one would', async () => {
    const twice = new DynamoDBClient(settings);
    let lost = 0;
    twice.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'BatchExecuteStatementCommand' && lost++ === 0) await next(args);
        return next(args);
      },
      { step: 'finalizeRequest', name: 'loseFirstAnswer', priority: 'low' },
    );
    const guard = await freshGuard(twice);
    const [outcome] = await guard.claim([{ key: 'a', version: 5, deleted: false }], times);
    expect(outcome).toMatchObject({ outcome: 'claimed', held: { sharedUntilMs: 12_000 } });
    twice.destroy();
  });

  it('names a table that is not there', async () => {
    const guard = new DynamoDbVersionGuard({ client, table: 'no-such-guard', clock: systemClock });
    await expect(guard.read(['a'])).rejects.toMatchObject({ code: 'no-such-table' });
  });
});
