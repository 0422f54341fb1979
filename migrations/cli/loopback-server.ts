import { createServer, type ServerResponse } from 'node:http';
import { messageOf } from '../../services/core/index.ts';
import { listen } from '../../services/core/listen.ts';

/** Answers a path; what it throws is answered as 503. */
export type LoopbackAnswer = (response: ServerResponse) => Promise<unknown>;

/**
 * Serves paths to whoever is on this machine, GET only.
 * @throws UsageError when the port is taken.
 */
export const serveOnLoopback = async (options: {
  port: number;
  answers: { readonly [path: string]: LoopbackAnswer };
}): Promise<{ address: string; close(): Promise<void> }> => {
  const server = createServer((request, response) => {
    const answer = options.answers[request.url ?? ''];
    if (!answer || request.method !== 'GET') return sendJson(response, 404, { error: 'not-found' });
    answer(response).catch((thrown: unknown) => sendJson(response, 503, { error: messageOf(thrown) }));
  });
  const advice = 'give --metrics-port another one, or 0 for a free one';
  const address = await listen(server, { host: '127.0.0.1', port: options.port, advice });
  const close = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { address, close };
};

export const sendJson = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
