import type { Relay } from '../../services/outbox/index.ts';
import { sendJson, serveOnLoopback } from './loopback-server.ts';
import type { RelayMetrics } from './relay-metrics.ts';

/**
 * Serves `/health`, `/status` and `/metrics`, on loopback. `/health` is 503 while this relay neither leads nor
 * stands by, since it has yet to reach MongoDB, or cannot at the moment. A stream that is away is no reason to
 * start the relay anew: it is 200 then, and `trouble` says why nothing is published.
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
        const { state, epoch, trouble } = relay.progress;
        const isWell = state === 'leading' || state === 'standing-by';
        sendJson(response, isWell ? 200 : 503, { state, epoch, trouble });
      },
      '/status': async (response) => {
        // While MongoDB does not answer, nobody knows the lag, and the rest is known all the same.
        const lag = await relay.lag().catch(() => null);
        sendJson(response, 200, { ...relay.progress, lag });
      },
      '/metrics': async (response) => {
        const text = await metrics.text(relay);
        response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
      },
    },
  });
