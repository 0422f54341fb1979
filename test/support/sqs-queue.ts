import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Creates a queue and answers its URL. */
export const createQueue = async (client: SQSClient): Promise<string> => {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: `test-${randomUUID()}` }));
  if (!QueueUrl) throw new Error('the queue has no URL');
  return QueueUrl;
};

/** Takes what is in a queue. */
export const takeMessages = async (client: SQSClient, QueueUrl: string): Promise<string[]> => {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return bodies;
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(Body);
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
};
