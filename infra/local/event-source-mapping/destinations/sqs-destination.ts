import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { FailureDestination } from './failure-destination.ts';

/** A queue: it gets the metadata only, from which a person finds the records while the stream still has them. */
export const sqsDestination = (options: {
  readonly client: SQSClient;
  readonly queueArn: string;
}): FailureDestination => ({
  send: async ({ record }) => {
    const [, , , , account, name] = options.queueArn.split(':');
    const { QueueUrl } = await options.client.send(
      new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
    );
    await options.client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(record) }));
  },
});
