import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ProxyAnswer {
  readonly status: number;
  readonly text: string;
  /** Optional: defaults to JSON. */
  readonly contentType?: string | undefined;
}

/** A call on its way to an engine. */
export interface ProxiedCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Lets it through, or another body in its place. */
  forward(body?: string): Promise<ProxyAnswer>;
}

export interface HttpProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * An engine whose calls pass through `answer`, in front of one that answers. A call that has come whole is answered to
 * its end, though its caller dies.
 */
export const openHttpProxy = async (
  behind: string,
  answer: (call: ProxiedCall) => Promise<ProxyAnswer>,
): Promise<HttpProxy> => {
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, response) => {
    try {
      const body = await text(incoming);
      const { method = 'GET', url = '/', headers } = incoming;
      const forward = (other = body) => forwarded({ agent, behind, incoming, body: other });
      const answered = await answer({ method, url, headers, body, forward });
      response
        .writeHead(answered.status, { 'content-type': answered.contentType ?? 'application/json' })
        .end(answered.text);
    } catch {
      // As when the engine behind is away, or whoever asked has gone.
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
    const { method, headers } = incoming;
    const options = { agent, method, headers: headersOf(headers, body) };
    const sent = request(new URL(incoming.url ?? '/', behind), options, (answer) => {
      const contentType = answer.headers['content-type'];
      text(answer).then(
        (whole) => resolve({ status: answer.statusCode ?? 500, text: whole, contentType }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

/** What comes is read as text, so that it must not be packed. */
const headersOf = (
  { host: _h, connection: _c, expect: _e, 'accept-encoding': _a, ...headers }: IncomingHttpHeaders,
  body: string,
): IncomingHttpHeaders => ({ ...headers, 'content-length': String(Buffer.byteLength(body)) });
