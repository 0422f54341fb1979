import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A DynamoDB that is too busy for some writes into one table, in front of one that is not. */
export interface ThrottlingEndpoint {
  readonly endpoint: string;
  /** Writes that were refused so far. */
  refused(): number;
  close(): Promise<void>;
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
  const { behind, table } = options;
  let refused = 0;
  const isRefused = () => {
    const is = options.isRefused();
    if (is) refused += 1;
    return is;
  };
  const forward = async (
    request: IncomingMessage,
    body: string,
  ): Promise<{ status: number; text: string }> => {
    const { host: _h, 'content-length': _l, connection: _c, ...headers } = request.headers;
    const sent = headers as { [name: string]: string };
    const answer = await fetch(`${behind}${request.url}`, { method: 'POST', headers: sent, body });
    return { status: answer.status, text: await answer.text() };
  };
  const answerBatch = async (request: IncomingMessage, { Statements }: Batch) => {
    const taken = Statements.map(() => !isRefused());
    const rest = Statements.filter((_, n) => taken[n]);
    const none = { status: 200, text: '{"Responses":[]}' };
    const answer = rest.length === 0 ? none : await forward(request, JSON.stringify({ Statements: rest }));
    if (answer.status !== 200) return answer;
    const responses = (JSON.parse(answer.text) as { Responses: unknown[] }).Responses;
    const all = taken.map((is) => (is ? responses.shift() : STATEMENT_REFUSED));
    return { status: 200, text: JSON.stringify({ Responses: all }) };
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    const target = String(request.headers['x-amz-target']);
    const ours = body.includes(table);
    const answer =
      ours && target.endsWith('.BatchExecuteStatement')
        ? await answerBatch(request, JSON.parse(body) as Batch)
        : ours && target.endsWith('.PutItem') && isRefused()
          ? { status: 400, text: PUT_REFUSED }
          : await forward(request, body);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
