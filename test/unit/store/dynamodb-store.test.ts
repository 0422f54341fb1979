import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { RejectError, VirtualClock } from '../../../services/core/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';

const client = new DynamoDBClient({ region: 'us-east-1' });
const aws = mockClient(client);
const retry = { maxRetries: 2, initialDelayMs: 1, maxDelayMs: 1 };
const storeWith = (mostlyAbsent = false) =>
  new DynamoDbStore({ client, table: 'table', clock: new VirtualClock(), mostlyAbsent, retry });
const named = (name: string, more: object = {}) => Object.assign(new Error(`a ${name}`), { name, ...more });
const throttled = named('ThrottlingException');
const stale = new ConditionalCheckFailedException({ message: 'beaten', $metadata: {} });
const record = (key: string, version = 1) => ({ key, version, state: { n: version } });

beforeEach(() => {
  aws.reset();
});

describe('a throttled DynamoDB', () => {
  it('gets the put again until it takes it', async () => {
    aws.on(PutItemCommand).rejectsOnce(throttled).rejectsOnce(throttled).resolves({});
    expect(await storeWith().putIfNewer([record('a')])).toEqual(['written']);
  });

  it('fails the call, retryably, when it does not relent', async () => {
    aws.on(PutItemCommand).rejects(throttled);
    await expect(storeWith().putIfNewer([record('a')])).rejects.toMatchObject({
      code: 'dynamodb-busy',
      retryable: true,
      cause: throttled,
    });
    expect(aws.commandCalls(PutItemCommand)).toHaveLength(3);
  });

  it('is asked for unread keys until they are answered', async () => {
    const keysOf = (keys: string[]) => ({ table: { Keys: keys.map((key) => ({ key: { S: key } })) } });
    const item = (key: string) => ({ key: { S: key }, version: { N: '1' } });
    aws
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { table: [item('b')] }, UnprocessedKeys: keysOf(['a', 'c']) })
      .resolvesOnce({ Responses: { table: [item('c')] }, UnprocessedKeys: keysOf(['a']) })
      .resolvesOnce({ Responses: { table: [item('a')] }, UnprocessedKeys: {} });
    const found = await storeWith().get(['a', 'b', 'c']);
    expect(found.map((one) => one?.key)).toEqual(['a', 'b', 'c']);
  });

  it('fails a read, retryably, when it leaves keys unread for ever', async () => {
    aws.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { table: { Keys: [{ key: { S: 'a' } }] } } });
    await expect(storeWith().get(['a'])).rejects.toMatchObject({ code: 'dynamodb-busy', retryable: true });
  });
});

describe('a refusal', () => {
  it('that no repetition changes becomes a reject, by its name and not by its message', async () => {
    aws.on(PutItemCommand).rejects(named('ValidationException'));
    expect(await storeWith().putIfNewer([record('a')])).toEqual([expect.any(RejectError)]);
    expect(aws.commandCalls(PutItemCommand)).toHaveLength(1);
  });

  it('of permission is no reject, and is not repeated', async () => {
    aws.on(PutItemCommand).rejects(named('AccessDeniedException'));
    await expect(storeWith().putIfNewer([record('a')])).rejects.toMatchObject({
      code: 'dynamodb-failed',
      retryable: false,
    });
    expect(aws.commandCalls(PutItemCommand)).toHaveLength(1);
  });
});

describe('inserting first', () => {
  const codes = (...all: (string | undefined)[]) => ({
    Responses: all.map((Code) =>
      Code ? { Error: { Code: Code as 'DuplicateItem' } } : { TableName: 'table' },
    ),
  });
  const statements = () =>
    aws.commandCalls(BatchExecuteStatementCommand).map(({ args }) => args[0].input.Statements?.length);
  const putKeys = () => aws.commandCalls(PutItemCommand).map(({ args }) => args[0].input.Item?.key?.S);

  it('puts under the version condition what exists already', async () => {
    aws.on(BatchExecuteStatementCommand).resolves(codes(undefined, 'DuplicateItem', 'DuplicateItem'));
    aws.on(PutItemCommand).resolvesOnce({}).rejectsOnce(stale);
    const outcomes = await storeWith(true).putIfNewer(['a', 'b', 'c'].map((key) => record(key)));
    expect(outcomes).toEqual(['written', 'written', 'stale']);
    expect(putKeys()).toEqual(['b', 'c']);
  });

  it('repeats only the statements that were throttled', async () => {
    aws
      .on(BatchExecuteStatementCommand)
      .resolvesOnce(codes(undefined, 'ThrottlingError', 'ProvisionedThroughputExceeded'))
      .resolvesOnce(codes(undefined, undefined));
    const outcomes = await storeWith(true).putIfNewer(['a', 'b', 'c'].map((key) => record(key)));
    expect(outcomes).toEqual(['written', 'written', 'written']);
    expect(statements()).toEqual([3, 2]);
    expect(putKeys()).toEqual([]);
  });

  it('fails retryably when statements stay throttled', async () => {
    aws.on(BatchExecuteStatementCommand).resolves(codes('ThrottlingError'));
    await expect(storeWith(true).putIfNewer([record('a')])).rejects.toMatchObject({
      code: 'dynamodb-busy',
      retryable: true,
    });
  });

  it('takes a statement without an answer, or refused for another reason, for not inserted', async () => {
    aws.on(BatchExecuteStatementCommand).resolves(codes('ValidationError'));
    aws.on(PutItemCommand).rejectsOnce(named('ValidationException')).resolvesOnce({});
    const outcomes = await storeWith(true).putIfNewer([record('a'), record('b')]);
    expect(outcomes).toEqual([expect.any(RejectError), 'written']);
  });

  it('sends at most 25 statements a call, one a key, and the rest of a key after it in order', async () => {
    aws
      .on(BatchExecuteStatementCommand)
      .callsFake(({ Statements }) => codes(...Statements.map(() => undefined)));
    aws.on(PutItemCommand).resolves({});
    const keys = Array.from({ length: 30 }, (_, n) => `key-${n}`);
    const again = [record('key-7', 3), record('key-7', 2)];
    await storeWith(true).putIfNewer([...keys.map((key) => record(key)), ...again]);
    expect(statements()).toEqual([25, 5]);
    const versions = aws.commandCalls(PutItemCommand).map(({ args }) => args[0].input.Item?.version?.N);
    expect(versions).toEqual(['3', '2']);
  });
});
