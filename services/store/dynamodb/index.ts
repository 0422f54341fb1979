/* What speaks to DynamoDB, apart from `services/store/index.ts`, so that who needs none of it loads no AWS SDK. */
export { DynamoDbControlStore, type DynamoDbControlStoreOptions } from '../dynamodb-control-store.ts';
export { DEFAULT_RETRY, type RetryOptions } from '../dynamodb-retry.ts';
export { DEFAULT_TOMBSTONE_TTL_MS, DynamoDbStore, type DynamoDbStoreOptions } from '../dynamodb-store.ts';
export { DynamoDbVersionGuard } from '../dynamodb-version-guard.ts';
