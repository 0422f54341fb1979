import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { NotifyOfQuarantine } from './notifying-quarantine.ts';

const LONGEST_REASON = 4_000;
/** SQS refuses some characters, among them lone surrogates; JSON has an escape for each. */
const NOT_PLAIN = /[^ -~]/g;

/**
 * Sends notices to an SQS queue, as JSON in ASCII. A queue tells and does not keep: it forgets a message after 14 days
 * at most, cannot be listed without hiding what was listed, and takes 1 MiB, less than a record with its reason
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html). So the whole
 * record stays in the quarantine proper, and `banyan quarantine` reads it there.
 */
export const sqsNotices =
  (options: { readonly client: SQSClient; readonly queueUrl: string }): NotifyOfQuarantine =>
  async (notice) => {
    const shortened = { ...notice, reason: notice.reason.slice(0, LONGEST_REASON) };
    const MessageBody = JSON.stringify(shortened).replace(NOT_PLAIN, escaped);
    await options.client.send(new SendMessageCommand({ QueueUrl: options.queueUrl, MessageBody }));
  };

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
