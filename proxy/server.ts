import type { Logger } from 'pino';
import type { Clock } from '../services/core/index.ts';
import { listen } from '../services/core/listen.ts';
import type { ControlStore } from '../services/store/control-store.ts';
import { createAdminServer } from './admin/admin-listener.ts';
import { Canary } from './canary.ts';
import { forwarderTo } from './forwarding/engine.ts';
import { createTrafficServer } from './forwarding/traffic-server.ts';
import { ForwardedControl, Upstream } from './forwarding/upstream.ts';
import { publishReadings } from './readings/publish-readings.ts';
import { pollWeights } from './routing/poll-weights.ts';
import type { ProxyConfig } from './routing/proxy-config.ts';

export interface ProxyOptions {
  readonly config: ProxyConfig;
  readonly controlStore: ControlStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const ADVICE = 'choose another port or address';

/** A proxy that runs. */
export interface RunningProxy {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly adminAddress: string;
  readonly canary: Canary;
  /** Stops listening, lets what is under way end for up to `drainMs`, then closes every connection. */
  close(): Promise<void>;
}

/**
 * Starts the proxy: it listens once it has the weights, or has found the control store away.
 * @throws UsageError when an address is taken.
 */
export const startProxy = async (options: ProxyOptions): Promise<RunningProxy> => {
  const { config, clock, log } = options;
  const canary = new Canary(options);
  const control = controlOf(config, canary);
  const traffic = createTrafficServer({ canary, control, log });
  const admin = createAdminServer({ canary, clock });
  const stop = new AbortController();
  await canary.refresh();
  const address = await listen(traffic.server, { ...config.listen, advice: ADVICE });
  const adminAddress = await listen(admin, { ...config.admin, advice: ADVICE }).catch((thrown: unknown) => {
    traffic.server.close();
    throw thrown;
  });
  const polling = pollWeights({ weights: canary, clock, pollMs: config.pollMs, signal: stop.signal });
  const readings = publishReadings({ canary, store: options.controlStore, clock, log });
  const close = async () => {
    stop.abort();
    await polling;
    await traffic.drain({ drainMs: config.drainMs, clock });
    await readings.end();
    admin.close();
    admin.closeAllConnections();
    canary.close();
    control.close();
  };
  return { address, adminAddress, canary, close };
};

const controlOf = (config: ProxyConfig, { policy }: Canary): ForwardedControl => {
  const url = new URL(config.control.url);
  const { timeoutMs, maxSockets } = config.control;
  const { idleTimeoutMs } = config;
  const forwarder = forwarderTo(config.control, { url, timeoutMs, maxSockets, idleTimeoutMs });
  return new ForwardedControl({ upstream: new Upstream({ forwarder, url, policy }), url });
};
