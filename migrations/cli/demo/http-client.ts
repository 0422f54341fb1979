import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  /** Which side answered, as the proxy says. */
  readonly side: string;
  readonly entityVersion: number;
  readonly body: unknown;
  readonly ms: number;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly cookie?: string;
  readonly body?: unknown;
}

export interface HttpClient {
  /** One request; rejects only when the connection fails. */
  call(call: Call): Promise<Answer>;
  close(): void;
}

/** A client with keep-alive connections, light enough to put a proxy under load from one process. */
export const httpClient = (baseUrl: string, maxSockets: number): HttpClient => {
  const agent = new Agent({ keepAlive: true, maxSockets });
  const { hostname, port } = new URL(baseUrl);
  return {
    close: () => agent.destroy(),
    call: ({ method, path, token, cookie, body }) =>
      new Promise((resolve, reject) => {
        const startedAtMs = performance.now();
        const payload = body === undefined ? undefined : JSON.stringify(body);
        const headers = {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(cookie ? { cookie } : {}),
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        };
        const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              side: String(response.headers['x-banyan-side'] ?? ''),
              entityVersion: Number(response.headers['x-entity-version'] ?? 0),
              body: parsed(text),
              ms: performance.now() - startedAtMs,
            }),
          );
        });
        sent.on('error', reject);
        sent.end(payload);
      }),
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
