import type { Relay } from '../../services/outbox/index.ts';
import { sendJson, serveOnLoopback } from './loopback-server.ts';
import type { RelayMetrics } from './relay-metrics.ts';

/**
 * Serves `/health` (503 while this relay neither leads nor stands by), `/status` and `/metrics`, on loopback.
 * @throws UsageError when the port is taken.
 */
export const startRelayAdmin = ({
  relay,
  metrics,
  port,
}: {
  relay: Relay;
  metrics: RelayMetrics;
  port: number;
}): Promise<{ address: string; close(): Promise<void> }> =>
  serveOnLoopback({
    port,
    answers: {
      '/health': async (response) => {
        const { state, epoch } = relay.progress;
        sendJson(response, state === 'stopped' ? 503 : 200, { state, epoch });
      },
      '/status': async (response) => sendJson(response, 200, await relay.status()),
      '/metrics': async (response) => {
        const text = await metrics.text(relay);
        response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
      },
    },
  });
