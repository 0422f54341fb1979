/* What speaks to S3, apart from `services/stream/index.ts`, so that who needs none of it loads no AWS SDK. */
export { S3ClaimStore, type S3ClaimStoreOptions } from '../s3-claim-store.ts';
export { S3Quarantine } from '../s3-quarantine.ts';
