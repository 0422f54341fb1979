import type { Logger } from 'pino';
import type { Clock } from '../services/core/index.ts';
import { listen } from '../services/core/listen.ts';
import type { ControlStore } from '../services/store/control-store.ts';
import { createAdminServer } from './admin/admin-listener.ts';
import { type AdminSource, adminSourceOf } from './admin/admin-state.ts';
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

/** A proxy's traffic, without the listener for its operators. */
export interface RunningTraffic {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly canary: Canary;
  /** Stops listening, lets what is under way end for up to `drainMs`, then closes every connection. */
  close(): Promise<void>;
}

/** A proxy that runs. */
export interface RunningProxy extends RunningTraffic {
  readonly adminAddress: string;
}

/**
 * Starts a proxy's traffic: it listens once it has the weights, or has found the control store away.
 * @throws UsageError when its address is taken.
 */
export const startTraffic = async (options: ProxyOptions): Promise<RunningTraffic> => {
  const { config, clock, log } = options;
  const canary = new Canary(options);
  const control = controlOf(config, canary);
  const traffic = createTrafficServer({ canary, control, log });
  const stop = new AbortController();
  await canary.refresh();
  const address = await listen(traffic.server, { ...config.listen, advice: ADVICE });
  const polling = pollWeights({ weights: canary, clock, pollMs: config.pollMs, signal: stop.signal });
  const readings = publishReadings({ canary, store: options.controlStore, clock, log });
  const close = async () => {
    stop.abort();
    await polling;
    await traffic.drain({ drainMs: config.drainMs, clock });
    await readings.end();
    canary.close();
    control.close();
  };
  return { address, canary, close };
};

/** The listener for operators, and where it is. @throws UsageError when its address is taken. */
export const startAdmin = async (
  { admin }: Pick<ProxyConfig, 'admin'>,
  source: AdminSource,
): Promise<{ readonly adminAddress: string; close(): void }> => {
  const server = createAdminServer(source);
  const adminAddress = await listen(server, { ...admin, advice: ADVICE });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { adminAddress, close };
};

/**
 * Starts the proxy, with both its listeners.
 * @throws UsageError when an address is taken.
 */
export const startProxy = async (options: ProxyOptions): Promise<RunningProxy> => {
  const traffic = await startTraffic(options);
  const { canary } = traffic;
  const admin = await startAdmin(options.config, adminSourceOf(canary, options.clock)).catch(
    async (thrown: unknown) => {
      await traffic.close();
      throw thrown;
    },
  );
  const close = async () => {
    await traffic.close();
    admin.close();
  };
  return { ...traffic, adminAddress: admin.adminAddress, close };
};

const controlOf = (config: ProxyConfig, { policy }: Canary): ForwardedControl => {
  const url = new URL(config.control.url);
  const { timeoutMs, maxSockets } = config.control;
  const { idleTimeoutMs } = config;
  const forwarder = forwarderTo(config.control, { url, timeoutMs, maxSockets, idleTimeoutMs });
  return new ForwardedControl({ upstream: new Upstream({ forwarder, url, policy }), url });
};
