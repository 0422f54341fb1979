import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { messageOf, UsageError } from '../../services/core/index.ts';

const HOST = '127.0.0.1';

/**
 * Serves `/metrics` for Prometheus, on loopback.
 * @throws UsageError when the port is taken.
 */
export const serveMetrics = async (options: {
  registry: Registry;
  port: number;
}): Promise<{ address: string; close(): Promise<void> }> => {
  const { registry, port } = options;
  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return response.writeHead(404).end();
    const text = await registry.metrics();
    return response.writeHead(200, { 'content-type': registry.contentType }).end(text);
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
