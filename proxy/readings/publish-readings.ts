import type { Logger } from 'pino';
import { inTime } from '../../services/core/in-time.ts';
import { type Clock, messageOf, pause } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import type { Canary } from '../canary.ts';
import { freshInstance, ReadingsPublisher } from './readings-publisher.ts';

const PUBLISH_EVERY_MS = 1_000;
const TIMEOUT_MS = 2_000;

/** Readings that are being published. */
export interface PublishedReadings {
  /** Publishes the last ones and stops; called when no request is under way any more. Never throws. */
  end(): Promise<void>;
}

/**
 * Publishes a canary's readings every second until it is ended, for whoever judges all instances together. What
 * cannot be published now is in the next report: counters only grow.
 */
export const publishReadings = (options: {
  canary: Pick<Canary, 'metrics' | 'routes' | 'weights'>;
  store: ControlStore;
  clock: Clock;
  log: Logger;
}): PublishedReadings => {
  const { canary, store, clock, log } = options;
  const publisher = new ReadingsPublisher({
    store,
    nameInstance: freshInstance,
    totals: () => canary.metrics.totals(canary.routes),
    inForce: (route) => canary.weights.inForce(route),
    clock,
  });
  const stop = new AbortController();
  let trouble: string | undefined;
  const attempt = async (write: () => Promise<void>): Promise<void> => {
    const before = trouble;
    trouble = await inTime(clock, TIMEOUT_MS, write()).then(() => undefined, messageOf);
    if (trouble !== undefined && before === undefined)
      log.warn({ trouble }, 'readings cannot be published: a ramp holds without them');
    if (trouble === undefined && before !== undefined) log.info('readings are published again');
  };
  const publishing = (async () => {
    while (!stop.signal.aborted) {
      await attempt(() => publisher.publish());
      await pause(clock, PUBLISH_EVERY_MS, stop.signal);
    }
  })();
  const end = async () => {
    stop.abort();
    await publishing;
    await attempt(() => publisher.end());
  };
  return { end };
};
