import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface AdminAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly json: unknown;
}

export interface AdminRequest {
  readonly method?: string;
  readonly path: string;
  readonly token?: string | undefined;
  readonly headers?: { readonly [name: string]: string };
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
}

const opened = ({ method = 'GET', path, token, headers = {}, body }: AdminRequest, address: string) => {
  const { hostname, port } = new URL(address);
  const sent = request({
    hostname,
    port,
    method,
    path,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  return sent;
};

/** One request to an admin server by Node's own client, which may set any header. */
export const askAdmin = async (address: string, asked: AdminRequest): Promise<AdminAnswer> => {
  const [response] = (await once(opened(asked, address), 'response')) as [IncomingMessage];
  const body = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    json: body === '' ? undefined : JSON.parse(body),
  };
};

/** A live view, event by event, until the server ends it or the reader stops. */
export const adminEvents = async function* (
  address: string,
  asked: AdminRequest,
): AsyncGenerator<{ event: string; data: unknown }> {
  const sent = opened(asked, address);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  try {
    if (response.statusCode !== 200)
      throw new Error(`it answered ${response.statusCode}: ${await text(response)}`);
    let unread = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const frames = `${unread}${chunk}`.split('\n\n');
      unread = frames.pop() ?? '';
      for (const frame of frames) {
        const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
        if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
      }
    }
  } finally {
    sent.destroy();
  }
};
