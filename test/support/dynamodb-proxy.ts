import { type HttpProxy, openHttpProxy, type ProxiedCall, type ProxyAnswer } from './http-proxy.ts';

/** A call on its way to DynamoDB. */
export interface DynamoDbCall extends ProxiedCall {
  /** `PutItem`, `BatchExecuteStatement`, … */
  readonly operation: string;
}

/** A DynamoDB whose calls pass through `answer`, in front of one that answers. */
export const openDynamoDbProxy = (
  behind: string,
  answer: (call: DynamoDbCall) => Promise<ProxyAnswer>,
): Promise<HttpProxy> =>
  openHttpProxy(behind, async (call) => {
    const operation = String(call.headers['x-amz-target']).split('.').at(-1) ?? '';
    const answered = await answer({ ...call, operation });
    return { ...answered, contentType: 'application/x-amz-json-1.0' };
  });
