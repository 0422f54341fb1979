import { AggregatorRegistry, Gauge, Registry } from 'prom-client';
import type { AdminSource, AdminState } from '../admin/admin-state.ts';
import { mergedState } from './merged-state.ts';
import type { WorkerMetrics } from './worker-link.ts';
import type { Workers } from './workers.ts';

/** All workers as the one proxy that the admin listener shows, with what the first process has in a registry of its own. */
export const workersSource = (workers: Workers): AdminSource & { readonly registry: Registry } => {
  const registry = new Registry();
  const listening: Gauge = new Gauge({
    name: 'banyan_proxy_workers',
    help: 'Processes that serve traffic.',
    registers: [registry],
    collect: () => listening.set(workers.listening),
  });
  const metrics = async () => {
    const { departed } = workers;
    const reports = await workers.reports();
    const own = (await registry.getMetricsAsJSON()) as WorkerMetrics;
    const all = [...departed.metrics, ...reports.map((report) => report.metrics), own];
    return AggregatorRegistry.aggregate(all).metrics();
  };
  const state = async (): Promise<AdminState> => {
    const reports = await workers.reports();
    const gone = { storeAway: null, weights: {}, readings: workers.departed.readings, shadow: {} };
    return mergedState([...reports.map((report) => report.state), gone]);
  };
  return { metrics, state, registry };
};
