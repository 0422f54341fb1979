import type { Registry } from 'prom-client';
import { serveOnLoopback } from './loopback-server.ts';

/**
 * Serves `/metrics` for Prometheus, on loopback.
 * @throws UsageError when the port is taken.
 */
export const serveMetrics = ({
  registry,
  port,
}: {
  registry: Registry;
  port: number;
}): Promise<{ address: string; close(): Promise<void> }> =>
  serveOnLoopback({
    port,
    answers: {
      '/metrics': async (response) => {
        const text = await registry.metrics();
        response.writeHead(200, { 'content-type': registry.contentType }).end(text);
      },
    },
  });
