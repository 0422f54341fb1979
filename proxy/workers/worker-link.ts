import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Clock } from '../../services/core/index.ts';
import { type AdminState, adminStateOf } from '../admin/admin-state.ts';
import type { RunningTraffic } from '../server.ts';

export type WorkerMetrics = MetricObjectWithValues<MetricValue<string>>[];

/** Everything that one worker shows of itself. */
export interface WorkerReport {
  readonly metrics: WorkerMetrics;
  readonly state: AdminState;
}

/** What the first process says to a worker. */
export type ToWorker = { readonly report: number } | 'drain';

/** What a worker says: that it listens, or what it was asked. */
export type FromWorker =
  | { readonly listening: string; readonly storeAway: string | null }
  | { readonly report: number; readonly of: WorkerReport };

/** A worker's end of the link: says that it listens, answers, and hears when it is to end. */
export const serveWorkerLink = (traffic: RunningTraffic, clock: Clock): { readonly drain: AbortSignal } => {
  const { canary, address } = traffic;
  const drain = new AbortController();
  const say = (message: FromWorker) => process.send?.(message);
  const report = async (id: number) => {
    const metrics = (await canary.metrics.registry.getMetricsAsJSON()) as WorkerMetrics;
    say({ report: id, of: { metrics, state: await adminStateOf(canary, clock) } });
  };
  process.on('message', (message: ToWorker) => {
    if (message === 'drain') drain.abort();
    else if (typeof message === 'object' && 'report' in message) void report(message.report);
  });
  say({ listening: address, storeAway: canary.storeAwayBecause ?? null });
  return { drain: drain.signal };
};
