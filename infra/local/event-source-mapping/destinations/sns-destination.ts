import type { FailureDestination } from './failure-destination.ts';

/** A topic: it gets the metadata only. `publish` is one call of whatever SNS client there is. */
export const snsDestination = (options: {
  readonly publish: (message: { readonly TopicArn: string; readonly Message: string }) => Promise<unknown>;
  readonly topicArn: string;
}): FailureDestination => ({
  send: async ({ record }) => {
    await options.publish({ TopicArn: options.topicArn, Message: JSON.stringify(record) });
  },
});
