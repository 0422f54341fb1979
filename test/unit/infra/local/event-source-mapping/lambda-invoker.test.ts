import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { lambdaInvoker } from '../../../../../infra/local/event-source-mapping/aws/index.ts';

const payload = (text: string) => ({ transformToString: () => text }) as never;
const invoke = (answer: object | Error) => {
  const client = new LambdaClient({ region: 'us-east-1' });
  const mock = mockClient(client);
  if (answer instanceof Error) mock.on(InvokeCommand).rejects(answer);
  else mock.on(InvokeCommand).resolves(answer);
  return lambdaInvoker({ client, functionArn: 'arn:aws:lambda:us-east-1:1:function:f' }).invoke({
    Records: [],
  });
};

describe('lambdaInvoker', () => {
  it("answers the function's answer", async () => {
    const answer = { batchItemFailures: [] };
    expect(await invoke({ StatusCode: 200, Payload: payload(JSON.stringify(answer)) })).toEqual({
      outcome: 'answered',
      answer,
    });
    expect(await invoke({ StatusCode: 200, Payload: payload('null') })).toMatchObject({ answer: null });
    expect(await invoke({ StatusCode: 200 })).toMatchObject({ outcome: 'answered', answer: undefined });
  });

  it('tells an error of the function', async () => {
    const Payload = payload('{"errorMessage":"no"}');
    expect(await invoke({ StatusCode: 200, FunctionError: 'Unhandled', Payload })).toEqual({
      outcome: 'function-error',
      functionError: 'Unhandled',
      message: '{"errorMessage":"no"}',
    });
  });

  it.each([
    new TooManyRequestsException({ message: 'Rate Exceeded', $metadata: { httpStatusCode: 429 } }),
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  ])('does not count $message as an attempt', async (thrown) => {
    expect(await invoke(thrown)).toEqual({ outcome: 'not-invoked', reason: thrown.message });
  });
});
