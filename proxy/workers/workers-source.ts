import { AggregatorRegistry, Gauge, Registry } from 'prom-client';
import type { AdminSource, AdminState } from '../admin/admin-state.ts';
import { mergedState } from './merged-state.ts';
import type { WorkerMetrics } from './worker-link.ts';
import type { Workers } from './workers.ts';

/** All workers as the one proxy that the admin listener shows, with what the first process has in a registry of its own. */
export const workersSource = (
  workers: Pick<Workers, 'departed' | 'listening' | 'reports'>,
): AdminSource & { readonly registry: Registry } => {
  const registry = new Registry();
  const listening: Gauge = new Gauge({
    name: 'banyan_proxy_workers',
    help: 'Processes that serve traffic.',
    registers: [registry],
    collect: () => listening.set(workers.listening),
  });
  const { departed } = workers;
  let folding = Promise.resolve();
  /** What is gone is kept as one sum: workers that keep dying would else leave more and more behind. */
  const fold = async () => {
    const count = departed.metrics.length;
    if (count < 2) return;
    const sum = await AggregatorRegistry.aggregate([...departed.metrics]).getMetricsAsJSON();
    departed.metrics.splice(0, count, sum as WorkerMetrics);
  };
  const metrics = async () => {
    folding = folding.then(fold);
    await folding;
    const reports = await workers.reports();
    const own = (await registry.getMetricsAsJSON()) as WorkerMetrics;
    const all = [...departed.metrics, ...reports.map((report) => report.metrics), own];
    return AggregatorRegistry.aggregate(all).metrics();
  };
  const state = async (): Promise<AdminState> => {
    const reports = await workers.reports();
    const gone = { storeAway: null, weights: {}, readings: departed.readings, shadow: {} };
    return mergedState([...reports.map((report) => report.state), gone]);
  };
  return { metrics, state, registry };
};
