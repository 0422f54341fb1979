import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { messageOf } from '../../../../services/core/index.ts';
import type { InvocationResult, Invoker } from './invoker.ts';

/**
 * Invokes a deployed function synchronously. Whatever the service answers instead of running it (throttling
 * first of all) does not count: "If Lambda throttles the function or returns an error without invoking the
 * function, Lambda retries".
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export const lambdaInvoker = (options: {
  readonly client: LambdaClient;
  readonly functionArn: string;
}): Invoker => ({
  invoke: async (event): Promise<InvocationResult> => {
    try {
      const result = await options.client.send(
        new InvokeCommand({
          FunctionName: options.functionArn,
          InvocationType: 'RequestResponse',
          Payload: Buffer.from(JSON.stringify(event)),
        }),
      );
      const payload = result.Payload?.transformToString() ?? '';
      if (result.FunctionError === undefined) return { outcome: 'answered', answer: parsed(payload) };
      return { outcome: 'function-error', functionError: result.FunctionError, message: payload };
    } catch (thrown) {
      return { outcome: 'not-invoked', reason: messageOf(thrown) };
    }
  },
});

const parsed = (payload: string): unknown => {
  try {
    return payload === '' ? undefined : JSON.parse(payload);
  } catch {
    return payload;
  }
};
