import { describe, expect, it } from '@jest/globals';
import { Counter, Histogram, Registry } from 'prom-client';
import type { WorkerMetrics } from '../../../../proxy/workers/worker-link.ts';
import { workersSource } from '../../../../proxy/workers/workers-source.ts';

const metricsOf = async (requests: number): Promise<WorkerMetrics> => {
  const registry = new Registry();
  new Counter({ name: 'requests', help: 'h', labelNames: ['route'], registers: [registry] }).inc(
    { route: 'a' },
    requests,
  );
  new Histogram({ name: 'took', help: 'h', buckets: [1], registers: [registry] }).observe(0.5);
  return (await registry.getMetricsAsJSON()) as WorkerMetrics;
};

describe('what workers show together', () => {
  it('keeps what died workers had counted, however many there were, as one sum', async () => {
    const departed = { metrics: [await metricsOf(1), await metricsOf(2)], readings: {} };
    const present = [
      { metrics: await metricsOf(10), state: { storeAway: null, weights: {}, readings: {}, shadow: {} } },
    ];
    const source = workersSource({ departed, listening: 1, reports: async () => present });
    for (const died of [4, 8]) {
      await Promise.all([source.metrics(), source.metrics()]);
      departed.metrics.push(await metricsOf(died));
    }
    const text = await source.metrics();
    expect(text).toContain('requests{route="a"} 25');
    expect(text).toContain('took_count 5');
    expect(departed.metrics).toHaveLength(1);
  });
});
