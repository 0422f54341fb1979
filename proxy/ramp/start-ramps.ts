import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../../services/core/index.ts';
import { ControlLease } from '../../services/store/control-lease.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { RampController } from './ramp-controller.ts';
import { RampHook, type RampHookConfig } from './ramp-hook.ts';
import { rampMetrics } from './ramp-metrics.ts';
import type { RouteReadings } from './route-readings.ts';
import { RAMP_LEASE_TTL_MS, type RampObserver, rampLeaseKey, runRamps } from './run-ramps.ts';
import type { DialKind, TrafficDial } from './traffic-dial.ts';

/** A controller that runs. */
export interface RunningRamps {
  /** Finishes the look that is under way, and lets another controller lead. */
  close(): Promise<void>;
}

export interface RampsOptions {
  readonly store: ControlStore;
  readonly routes: readonly string[];
  /** Optional: defaults to the proxies'. */
  readonly scope?: DialKind;
  /** Required. The dial that is turned: the proxies' own, or a load balancer's. */
  readonly dial: TrafficDial;
  readonly readings: RouteReadings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Optional: defaults to 1,000. How often ramps are looked at. */
  readonly tickMs?: number;
  /** Optional: nobody is told. */
  readonly hook?: RampHookConfig;
  /** Optional: nothing is counted. Where to count what it does. */
  readonly registry?: Registry;
  /** Optional. Told everything that it does, beside the log. */
  readonly observe?: Partial<RampObserver>;
}

/** Starts a ramp controller: of all that run on a control store, the one that holds the lease acts. */
export const startRamps = (options: RampsOptions): RunningRamps => {
  const { store, clock, log, observe = {} } = options;
  const by = `ramp controller ${hostname()}:${process.pid}`;
  const counts = options.registry && rampMetrics(options.registry);
  const hook =
    options.hook &&
    new RampHook({
      config: options.hook,
      clock,
      onOutcome: (outcome, detail) => {
        counts?.hooked(outcome);
        if (outcome === 'failed') log.error({ detail }, 'the ramp hook could not be told');
      },
    });
  const told = new Map<string, string>();
  const observer: RampObserver = {
    led: (leads) => {
      counts?.led(leads);
      log.info({ by }, leads ? 'this controller acts on ramps now' : 'another controller acts on ramps');
      observe.led?.(leads);
    },
    ticked: (ticked) => {
      const { route, events, trouble } = ticked;
      for (const event of events) {
        const level = event.event === 'rolled-back' ? 'warn' : 'info';
        log[level]({ route, ...event }, `ramp ${event.event}`);
        hook?.tell(route, event);
      }
      told.delete('');
      counts?.ticked(trouble === undefined ? 'ok' : 'trouble');
      if (trouble !== undefined && told.get(route) !== trouble)
        log.error({ route, trouble }, 'ramp in trouble');
      if (trouble === undefined) told.delete(route);
      else told.set(route, trouble);
      observe.ticked?.(ticked);
    },
    failed: (message) => {
      counts?.ticked('failed');
      if (told.get('') !== message) log.error({ message }, 'ramps hold: they cannot be looked at');
      told.set('', message);
      observe.failed?.(message);
    },
  };
  const stop = new AbortController();
  const running = runRamps({
    controller: new RampController({ ...options, by }),
    lease: new ControlLease({
      store,
      key: rampLeaseKey(options.scope ?? 'proxy'),
      holder: `${by}:${randomBytes(4).toString('hex')}`,
      ttlMs: RAMP_LEASE_TTL_MS,
      clock,
    }),
    observe: observer,
    clock,
    tickMs: options.tickMs ?? 1_000,
    signal: stop.signal,
  });
  return {
    close: async () => {
      stop.abort();
      await running;
      await hook?.close();
    },
  };
};
