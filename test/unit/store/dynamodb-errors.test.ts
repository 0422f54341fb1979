import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { BanyanError, UnavailableError, UsageError } from '../../../services/core/index.ts';
import { explainDynamoDbError, isTransient } from '../../../services/store/dynamodb-errors.ts';

const client = new DynamoDBClient({ region: 'eu-north-1', endpoint: 'http://127.0.0.1:4566' });
const explained = (thrown: unknown, at = client) =>
  explainDynamoDbError(thrown, { client: at, table: 'users' });
const named = (name: string, more: object = {}) =>
  Object.assign(new Error('whatever it says'), { name, ...more });

describe('isTransient', () => {
  it.each([
    named('ProvisionedThroughputExceededException'),
    named('ThrottlingException'),
    named('RequestLimitExceeded'),
    named('InternalServerError', { $metadata: { httpStatusCode: 500 } }),
    named('Error', { code: 'ECONNRESET' }),
    named('Error', { code: 'ECONNREFUSED' }),
    named('TimeoutError'),
  ])('says yes to $name $code', (error) => expect(isTransient(error)).toBe(true));

  it.each([
    named('ValidationException', { $metadata: { httpStatusCode: 400 } }),
    named('AccessDeniedException', { $metadata: { httpStatusCode: 400 } }),
    named('ResourceNotFoundException'),
    named('TypeError'),
    undefined,
    'a string',
  ])('says no to %s', (error) => expect(isTransient(error)).toBe(false));

  it('does not read messages', () => {
    expect(isTransient(new Error('ThrottlingException: connect ECONNREFUSED'))).toBe(false);
  });
});

describe('explainDynamoDbError', () => {
  it('names the engine and the address of a connection that was refused', async () => {
    const error = await explained(named('Error', { code: 'ECONNREFUSED' }));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toBe('DynamoDB does not answer at http://127.0.0.1:4566');
    expect(error.retryable).toBe(true);
  });

  it('names the address that refused where the endpoint came from the environment', async () => {
    const error = await explained(
      named('Error', { code: 'ECONNREFUSED', address: '127.0.0.1', port: 4566 }),
      new DynamoDBClient({ region: 'eu-north-1' }),
    );
    expect(error.message).toBe('DynamoDB does not answer at 127.0.0.1:4566');
  });

  it('names the region where no endpoint was set', async () => {
    const error = await explained(
      named('Error', { code: 'ENOTFOUND' }),
      new DynamoDBClient({ region: 'eu-north-1' }),
    );
    expect(error.message).toBe('DynamoDB does not answer at region eu-north-1');
  });

  it('says which table is missing, and what to look at', async () => {
    const error = await explained(named('ResourceNotFoundException'));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(
      'there is no DynamoDB table users in http://127.0.0.1:4566: is its stack deployed, and the name right?',
    );
  });

  it.each([
    'The provided key element does not match the schema',
    'One or more parameter values were invalid: Missing the key id in the item',
    'One or more parameter values were invalid: Type mismatch for key key expected: N actual: S',
  ])('blames the table, not the record, for another primary key: %s', async (message) => {
    const error = await explained(named('ValidationException', { message }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(
      'the primary key of the DynamoDB table users must be the string `key`, and is not: is it the right table?',
    );
  });

  it('says how to give credentials where there are none', async () => {
    expect((await explained(named('CredentialsProviderError'))).message).toMatch(/AWS_PROFILE/);
  });

  it('says where nothing answers', async () => {
    const error = await explained(named('TimeoutError'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toBe('DynamoDB does not answer at http://127.0.0.1:4566');
  });

  it('calls a throttled call retryable and an unknown failure not', async () => {
    expect(await explained(named('ThrottlingException'))).toMatchObject({
      code: 'dynamodb-busy',
      retryable: true,
    });
    expect(await explained(named('AccessDeniedException'))).toMatchObject({
      code: 'dynamodb-failed',
      retryable: false,
    });
  });

  it('leaves our own errors as they are', async () => {
    const own = new BanyanError('own', 'our own');
    expect(await explained(own)).toBe(own);
  });
});
