/* What speaks to DynamoDB, apart from `migrations/backfill/index.ts`, so that who needs none of it loads no AWS SDK. */
export { dynamoDbCapacity } from '../sinks/dynamodb-capacity.ts';
