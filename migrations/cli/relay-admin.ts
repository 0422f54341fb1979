import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, UsageError } from '../../services/core/index.ts';
import type { Relay } from '../../services/outbox/index.ts';
import type { RelayMetrics } from './relay-metrics.ts';

const HOST = '127.0.0.1';

/**
 * Serves `/health` (503 while this relay neither leads nor stands by), `/status` and `/metrics`, on loopback.
 * @throws UsageError when the port is taken.
 */
export const startRelayAdmin = async (options: {
  relay: Relay;
  metrics: RelayMetrics;
  port: number;
}): Promise<{ address: string; close(): Promise<void> }> => {
  const { relay, metrics, port } = options;
  const answers: { [path: string]: (response: ServerResponse) => Promise<unknown> } = {
    '/health': async (response) => {
      const { state, epoch } = relay.progress;
      json(response, state === 'stopped' ? 503 : 200, { state, epoch });
    },
    '/status': async (response) => json(response, 200, await relay.status()),
    '/metrics': async (response) => {
      const text = await metrics.text(relay);
      response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
    },
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (!answer || request.method !== 'GET') return json(response, 404, { error: 'not-found' });
    answer(response).catch((thrown: unknown) => json(response, 503, { error: messageOf(thrown) }));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, HOST, resolve);
  await promise.catch((cause: unknown) => {
    throw new UsageError(`${HOST}:${port} cannot be listened on (${messageOf(cause)}): give --metrics-port`, {
      cause,
    });
  });
  return {
    address: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
