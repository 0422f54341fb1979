import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BanyanError, messageOf, UnavailableError, UsageError } from '../core/index.ts';

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionInProgressException',
]);
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const INTERRUPTED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError']);

/** What it says of a table's own primary key; of an index's it says "Index Key", and that is a record's fault. */
const OTHER_KEY = /key element does not match the schema|Missing the key |Type mismatch for key /;

/** What an error of the DynamoDB client says of itself: name, network code, status; never its message. */
interface ClientError {
  readonly name?: string;
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether the same call may succeed a little later: throttled, a fault of the service, or a broken connection. */
export const isTransient = (thrown: unknown): boolean => {
  const { name = '', code = '', $metadata } = (thrown ?? {}) as ClientError;
  if (THROTTLED.has(name) || INTERRUPTED.has(name)) return true;
  if (UNREACHABLE.has(code) || INTERRUPTED.has(code)) return true;
  return ($metadata?.httpStatusCode ?? 0) >= 500;
};

/** Whether the table's primary key is another than the one that was asked for: no record is to blame for that. */
export const isOtherKey = (thrown: unknown): boolean =>
  (thrown as ClientError | undefined)?.name === 'ValidationException' && OTHER_KEY.test(messageOf(thrown));

/** An error of the DynamoDB client in Banyan's words; an error of Banyan's own is answered as it is. */
export const explainDynamoDbError = async (
  thrown: unknown,
  options: { client: DynamoDBClient; table: string; primaryKey?: string },
): Promise<BanyanError> => {
  if (thrown instanceof BanyanError) return thrown;
  const { name = '', code = '' } = (thrown ?? {}) as ClientError;
  const { client, table, primaryKey = 'the string `key`' } = options;
  if (name === 'ResourceNotFoundException') {
    const where = await addressOf(client);
    const message = `there is no DynamoDB table ${table} in ${where}: is its stack deployed, and the name right?`;
    return new UsageError(message, { code: 'no-such-table', cause: thrown });
  }
  if (isOtherKey(thrown)) {
    const message = `the primary key of the DynamoDB table ${table} must be ${primaryKey}, and is not: is it the right table?`;
    return new UsageError(message, { code: 'other-primary-key', cause: thrown });
  }
  if (name === 'CredentialsProviderError') {
    const message = 'there are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret';
    return new UsageError(message, { code: 'no-credentials', cause: thrown });
  }
  if (UNREACHABLE.has(code) || name === 'TimeoutError') {
    return new UnavailableError('DynamoDB', await addressOf(client, thrown as ClientError), {
      cause: thrown,
    });
  }
  const retryable = isTransient(thrown);
  const message = `DynamoDB table ${table}: ${name || 'error'}: ${messageOf(thrown)}`;
  return new BanyanError(retryable ? 'dynamodb-busy' : 'dynamodb-failed', message, {
    retryable,
    cause: thrown,
  });
};

/** An endpoint of `AWS_ENDPOINT_URL` is not in the client's configuration: there a refused connection tells. */
const addressOf = async (client: DynamoDBClient, refused: ClientError = {}): Promise<string> => {
  const endpoint = await client.config.endpoint?.();
  if (endpoint)
    return `${endpoint.protocol}//${endpoint.hostname}${endpoint.port ? `:${endpoint.port}` : ''}`;
  if (refused.address) return `${refused.address}:${refused.port}`;
  return `region ${await client.config.region()}`;
};
