import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

const MINUTE_MS = 60_000;

/** One question of `GetMetricData`, as far as these answers depend on it. */
export interface AskedMetric {
  readonly Id?: string | undefined;
  readonly MetricStat?:
    | {
        readonly Metric?:
          | { readonly MetricName?: string | undefined; readonly Dimensions?: unknown }
          | undefined;
        readonly Stat?: string | undefined;
      }
    | undefined;
}

/** A minute of a load balancer: 900 requests to the control, 100 to the candidate, of which so many fail. */
export const minuteOf = ({ MetricStat }: AskedMetric, failing: number): number => {
  const isCandidate = JSON.stringify(MetricStat?.Metric?.Dimensions).includes('profiles');
  const requests = isCandidate ? 100 : 900;
  const metric = MetricStat?.Metric?.MetricName;
  if (metric === 'HTTPCode_Target_2XX_Count') return isCandidate ? requests - failing : requests;
  if (metric === 'RequestCount' || MetricStat?.Stat === 'SampleCount') return requests;
  // Everything is answered within 50 ms.
  return Number(/^PR\(:(.+)\)$/.exec(MetricStat?.Stat ?? '')?.[1]) >= 0.05 ? 100 : 0;
};

/** The beginnings of the minutes from one moment to before another. */
export const minutesBetween = (fromMs: number, toMs: number): number[] =>
  Array.from(
    { length: Math.max(0, Math.ceil((toMs - fromMs) / MINUTE_MS)) },
    (_, at) => fromMs + at * MINUTE_MS,
  );

/** CloudWatch, of one load balancer whose candidate fails as often as it is told: no emulator counts what one does. */
export interface LoadBalancerMetrics {
  readonly endpoint: string;
  /** Of the candidate's 100 requests a minute, whenever they were. */
  failing: number;
  /** The operations that were asked for, oldest first. */
  readonly asked: string[];
  close(): void;
}

interface GetMetricData {
  readonly StartTime: number;
  readonly EndTime: number;
  readonly MetricDataQueries: readonly AskedMetric[];
}

export const startLoadBalancerMetrics = async (): Promise<LoadBalancerMetrics> => {
  const server = createServer(async (req, res) => {
    metrics.asked.push(String(req.headers['x-amz-target']).replace(/^.*\./, ''));
    const { StartTime, EndTime, MetricDataQueries } = (await json(req)) as GetMetricData;
    const times = minutesBetween(StartTime * 1_000, EndTime * 1_000);
    const results = MetricDataQueries.map((query) => ({
      Id: query.Id,
      StatusCode: 'Complete',
      Timestamps: times.map((ms) => ms / 1_000),
      Values: times.map(() => minuteOf(query, metrics.failing)),
    }));
    res.setHeader('content-type', 'application/x-amz-json-1.0');
    res.end(JSON.stringify({ MetricDataResults: results, Messages: [] }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const metrics: LoadBalancerMetrics = {
    endpoint: `http://127.0.0.1:${port}`,
    failing: 0,
    asked: [],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return metrics;
};
