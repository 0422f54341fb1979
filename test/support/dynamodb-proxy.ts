import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ProxyAnswer {
  readonly status: number;
  readonly text: string;
}

/** A call on its way to DynamoDB. */
export interface ProxiedCall {
  /** `PutItem`, `BatchExecuteStatement`, … */
  readonly operation: string;
  readonly body: string;
  /** Lets it through, or another body in its place. */
  forward(body?: string): Promise<ProxyAnswer>;
}

export interface DynamoDbProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * A DynamoDB whose calls pass through `answer`, in front of one that answers. A call that has come whole is answered to
 * its end, though its caller dies.
 */
export const openDynamoDbProxy = async (
  behind: string,
  answer: (call: ProxiedCall) => Promise<ProxyAnswer>,
): Promise<DynamoDbProxy> => {
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, response) => {
    try {
      const body = await text(incoming);
      const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
      const forward = (other = body) => forwarded({ agent, behind, incoming, body: other });
      const answered = await answer({ operation, body, forward });
      response
        .writeHead(answered.status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(answered.text);
    } catch {
      // As when the endpoint behind is away, or whoever asked has gone.
      incoming.socket.destroy();
    }
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
};

const forwarded = ({
  agent,
  behind,
  incoming,
  body,
}: {
  agent: Agent;
  behind: string;
  incoming: IncomingMessage;
  body: string;
}): Promise<ProxyAnswer> =>
  new Promise((resolve, reject) => {
    const options = { agent, method: 'POST', headers: headersOf(incoming.headers, body) };
    const sent = request(new URL(incoming.url ?? '/', behind), options, (answer) => {
      text(answer).then((whole) => resolve({ status: answer.statusCode ?? 500, text: whole }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });

const headersOf = (
  { host: _h, connection: _c, expect: _e, ...headers }: IncomingHttpHeaders,
  body: string,
): IncomingHttpHeaders => ({ ...headers, 'content-length': String(Buffer.byteLength(body)) });
