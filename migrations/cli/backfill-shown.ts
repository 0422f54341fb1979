import type { Progress } from '../backfill/progress.ts';
import { BackfillMetrics } from './backfill-metrics.ts';
import type { CommandContext } from './context.ts';
import { serveMetrics } from './metrics-server.ts';
import { createProgressView } from './progress-view.ts';

export interface ShownOptions {
  /** Absent: no metrics. On loopback; 0 takes a free one. */
  readonly metricsPort?: number;
}

/** Does `work`, which tells how far it is, and shows that to whoever looks: a person, or Prometheus. */
export const shown = async <T>(
  context: CommandContext,
  { metricsPort }: ShownOptions,
  work: (show: (progress: Progress) => void) => Promise<T>,
): Promise<T> => {
  const { clock, output } = context;
  const view = createProgressView({ output, clock });
  const metrics = new BackfillMetrics();
  if (metricsPort !== undefined) {
    const served = await serveMetrics({ registry: metrics.registry, port: metricsPort });
    context.onClose(served.close);
    output.result({ event: 'metrics', address: served.address }, `metrics on ${served.address}/metrics`);
  }
  try {
    return await work((progress) => {
      view.show(progress);
      metrics.show(progress);
    });
  } finally {
    view.end();
  }
};
