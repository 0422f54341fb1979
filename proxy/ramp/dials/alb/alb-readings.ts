import {
  type CloudWatchClient,
  type MetricDataQuery,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import type { Clock } from '../../../../services/core/index.ts';
import { RECENT_MS, recentIndex } from '../../../metrics/first-failures.ts';
import {
  LATENCY_BOUNDS_MS,
  NO_READINGS,
  type Readings,
  type SideReadings,
} from '../../../metrics/readings.ts';
import type { ReadingsSource, StepReadings } from '../../step-readings.ts';
import { type AlbRoute, loadBalancerOf, targetGroupOf } from './alb-config.ts';
import { askAws } from './aws-fault.ts';

const MINUTE_MS = 60_000;
/** How long a rule may take to hold on every node of a load balancer. */
const SETTLE_MS = 30_000;
/** How late CloudWatch may have all of a minute. */
const LATE_MS = 120_000;
/** The longer a step lasts, the longer the periods that are added up: a request answers only so many points. */
const PERIODS = [
  { upToMs: 6 * 3_600_000, periodMs: MINUTE_MS },
  { upToMs: 3 * 86_400_000, periodMs: 5 * MINUTE_MS },
  { upToMs: Number.POSITIVE_INFINITY, periodMs: 60 * MINUTE_MS },
];

/**
 * What both target groups did, by CloudWatch's metrics of the load balancer: whole minutes, some two minutes late.
 *
 * A request that no target answered below 500 has failed: `RequestCount` less the answers of 2xx, 3xx and 4xx, which
 * finds a target that hangs too, of which the load balancer's own 504 names no target group. Users are not known:
 * each request counts as one, which is exact as long as the load balancer draws a side for each (no stickiness).
 */
export class AlbReadings implements ReadingsSource {
  readonly #client: CloudWatchClient;
  readonly #routes: { readonly [route: string]: AlbRoute };
  readonly #weightOf: (route: string) => Promise<number>;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly key: string; readonly readings: StepReadings }>();

  constructor(options: {
    client: CloudWatchClient;
    routes: { readonly [route: string]: AlbRoute };
    weightOf(route: string): Promise<number>;
    clock: Clock;
  }) {
    this.#client = options.client;
    this.#routes = options.routes;
    this.#weightOf = options.weightOf;
    this.#clock = options.clock;
  }

  /** @throws UsageError or BanyanError `unavailable`, as `askAws` does. */
  async since(route: string, sinceMs: number): Promise<StepReadings> {
    const toMs = floorTo(MINUTE_MS, this.#clock.nowMs() - LATE_MS);
    const key = `${sinceMs}-${toMs}`;
    const known = this.#known.get(route);
    // There is nothing new within a minute, and every question costs.
    if (known?.key === key) return known.readings;
    const readings = await this.#step(route, sinceMs, toMs);
    this.#known.set(route, { key, readings });
    return readings;
  }

  async #step(route: string, sinceMs: number, toMs: number): Promise<StepReadings> {
    const target = this.#routes[route];
    if (!target) return NO_READINGS;
    const weightPercent = await this.#weightOf(route);
    const step = await this.#between(target, weightPercent, sinceMs + SETTLE_MS, toMs);
    const index = recentIndex(sinceMs, toMs - 1);
    if (index === 0) return step;
    const fromMs = sinceMs + index * RECENT_MS;
    return { ...step, recent: { index, ...(await this.#between(target, weightPercent, fromMs, toMs)) } };
  }

  async #between(
    target: AlbRoute,
    weightPercent: number,
    sinceMs: number,
    untilMs: number,
  ): Promise<Readings> {
    const periodMs = PERIODS.find(({ upToMs }) => untilMs - sinceMs <= upToMs)?.periodMs ?? MINUTE_MS;
    const fromMs = -floorTo(periodMs, -sinceMs);
    const toMs = floorTo(periodMs, untilMs);
    if (fromMs >= toMs) return NO_READINGS;
    const queries = SIDES.flatMap((side) => queriesOf(target, side, periodMs / 1_000));
    const points = pointsOf(await this.#ask(queries, fromMs, toMs));
    const control = sideOf(points, 'control');
    const candidate = sideOf(points, 'candidate');
    const failed = ({ failures, requests }: SideReadings) => ({ users: failures, requests });
    return {
      ...NO_READINGS,
      control,
      candidate,
      firstFailures: { weightPercent, control: failed(control), candidate: failed(candidate) },
    };
  }

  async #ask(queries: MetricDataQuery[], fromMs: number, toMs: number): Promise<MetricDataResult[]> {
    const input = {
      MetricDataQueries: queries,
      StartTime: new Date(fromMs),
      EndTime: new Date(toMs),
      ScanBy: 'TimestampAscending' as const,
    };
    return askAws('CloudWatch', async () => {
      const results: MetricDataResult[] = [];
      for await (const page of paginateGetMetricData({ client: this.#client }, input)) {
        results.push(...(page.MetricDataResults ?? []));
      }
      return results;
    });
  }
}

const SIDES = ['control', 'candidate'] as const;
type AlbSide = (typeof SIDES)[number];

const ANSWERED = ['2XX', '3XX', '4XX'] as const;

const queriesOf = (target: AlbRoute, side: AlbSide, periodSeconds: number): MetricDataQuery[] => {
  const query = (name: string, metric: string, statistic: string): MetricDataQuery => ({
    Id: `${side}_${name}`,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/ApplicationELB',
        MetricName: metric,
        Dimensions: [
          { Name: 'TargetGroup', Value: targetGroupOf(target[side]) },
          { Name: 'LoadBalancer', Value: loadBalancerOf(target) },
        ],
      },
      Period: periodSeconds,
      Stat: statistic,
    },
  });
  return [
    query('requests', 'RequestCount', 'Sum'),
    ...ANSWERED.map((status) => query(`of${status}`, `HTTPCode_Target_${status}_Count`, 'Sum')),
    query('timed', 'TargetResponseTime', 'SampleCount'),
    // The share in per cent of what took at most so many seconds.
    ...LATENCY_BOUNDS_MS.map((boundMs, at) =>
      query(`within${at}`, 'TargetResponseTime', `PR(:${boundMs / 1_000})`),
    ),
  ];
};

type Points = ReadonlyMap<string, ReadonlyMap<number, number>>;

const pointsOf = (results: readonly MetricDataResult[]): Points => {
  const points = new Map<string, Map<number, number>>();
  for (const { Id = '', Timestamps = [], Values = [] } of results) {
    const series = points.get(Id) ?? new Map<number, number>();
    points.set(Id, series);
    for (const [at, time] of Timestamps.entries()) series.set(time.getTime(), Values[at] ?? 0);
  }
  return points;
};

const sideOf = (points: Points, side: AlbSide): SideReadings => {
  const sum = (name: string) =>
    [...(points.get(`${side}_${name}`)?.values() ?? [])].reduce((a, b) => a + b, 0);
  const requests = sum('requests');
  const answered = ANSWERED.reduce((all, status) => all + sum(`of${status}`), 0);
  const timed = points.get(`${side}_timed`) ?? new Map<number, number>();
  const within = (at: number) => {
    const shares = points.get(`${side}_within${at}`);
    return [...timed].reduce((all, [time, count]) => all + (count * (shares?.get(time) ?? 0)) / 100, 0);
  };
  return {
    requests,
    // What is answered may be counted in an earlier minute than the request.
    failures: Math.max(0, requests - answered),
    withinBounds: [...LATENCY_BOUNDS_MS.map((_, at) => Math.round(within(at))), sum('timed')],
  };
};

const floorTo = (stepMs: number, ms: number): number => Math.floor(ms / stepMs) * stepMs;
