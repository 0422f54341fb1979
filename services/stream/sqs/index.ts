/* What speaks to SQS, apart from `services/stream/index.ts`, so that who needs none of it loads no AWS SDK. */
export { sqsNotices } from '../sqs-notices.ts';
