import { type DynamoDbCall, openDynamoDbProxy } from './dynamodb-proxy.ts';
import type { HttpProxy } from './http-proxy.ts';

/** A DynamoDB that is too busy for some writes into one table, in front of one that is not. */
export interface ThrottlingEndpoint extends HttpProxy {
  /** Writes that were refused so far. */
  refused(): number;
}

interface Batch {
  readonly Statements: readonly { readonly Statement: string }[];
}

const PUT_REFUSED = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  message: 'slow down',
});
const STATEMENT_REFUSED = { Error: { Code: 'ThrottlingError', Message: 'slow down' } };

/** `isRefused`: Required. Asked for every write into the table: every put, and every statement of a batch. */
export const openThrottling = async (options: {
  behind: string;
  table: string;
  isRefused: () => boolean;
}): Promise<ThrottlingEndpoint> => {
  let refused = 0;
  const isRefused = () => {
    const is = options.isRefused();
    if (is) refused += 1;
    return is;
  };
  const answerBatch = async ({ body, forward }: DynamoDbCall) => {
    const { Statements } = JSON.parse(body) as Batch;
    const taken = Statements.map(() => !isRefused());
    const rest = Statements.filter((_, n) => taken[n]);
    const none = { status: 200, text: '{"Responses":[]}' };
    const answer = rest.length === 0 ? none : await forward(JSON.stringify({ Statements: rest }));
    if (answer.status !== 200) return answer;
    const responses = (JSON.parse(answer.text) as { Responses: unknown[] }).Responses;
    const all = taken.map((is) => (is ? responses.shift() : STATEMENT_REFUSED));
    return { status: 200, text: JSON.stringify({ Responses: all }) };
  };
  const proxy = await openDynamoDbProxy(options.behind, async (call) => {
    if (!call.body.includes(options.table)) return call.forward();
    if (call.operation === 'BatchExecuteStatement') return answerBatch(call);
    if (call.operation === 'PutItem' && isRefused()) return { status: 400, text: PUT_REFUSED };
    return call.forward();
  });
  return { ...proxy, refused: () => refused };
};
