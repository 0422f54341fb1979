import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { LATENCY_BOUNDS_MS } from '../../../../proxy/metrics/readings.ts';
import { AlbReadings } from '../../../../proxy/ramp/dials/alb/alb-readings.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
const ROUTE = {
  rule: arn('listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee'),
  control: arn('targetgroup/monolith/73e2d6bc24d8a067'),
  candidate: arn('targetgroup/profiles/943f017f100becff'),
};
const MINUTE_MS = 60_000;
const SINCE_MS = Date.UTC(2026, 0, 1, 10, 0, 10);

// No emulator counts what a load balancer does.
const cloudWatch = mockClient(CloudWatchClient);
beforeEach(() => {
  cloudWatch.reset();
});

const readingsAt = (minutesLater: number) => {
  const clock = new VirtualClock(SINCE_MS + minutesLater * MINUTE_MS);
  const client = new CloudWatchClient({});
  return new AlbReadings({ client, routes: { r: ROUTE }, weightOf: async () => 5, clock });
};
/** Answers each query with the same points, a minute apart, by what is asked for. */
const counts = (valueFor: (query: MetricDataQuery) => number, points = 1) =>
  cloudWatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries, StartTime }) => ({
    MetricDataResults: MetricDataQueries.map((query: MetricDataQuery) => ({
      Id: query.Id,
      Timestamps: Array.from({ length: points }, (_, at) => new Date(StartTime.getTime() + at * MINUTE_MS)),
      Values: Array.from({ length: points }, () => valueFor(query)),
    })),
  }));
const asked = () => cloudWatch.commandCalls(GetMetricDataCommand).map(({ args }) => args[0].input);
const metricOf = ({ MetricStat }: MetricDataQuery) => MetricStat?.Metric?.MetricName;

describe('the readings of a load balancer', () => {
  it('are empty until a whole minute after the change is counted', async () => {
    const readings = await readingsAt(2.5).since('r', SINCE_MS);
    expect(readings.candidate.requests).toBe(0);
    expect(asked()).toEqual([]);
  });

  it('ask for both target groups, from the first whole minute after the change', async () => {
    counts(() => 0);
    await readingsAt(5).since('r', SINCE_MS);
    expect(asked()).toMatchObject([
      { StartTime: new Date('2026-01-01T10:01:00Z'), EndTime: new Date('2026-01-01T10:03:00Z') },
    ]);
    const queries = asked()[0]?.MetricDataQueries ?? [];
    expect(queries).toHaveLength(2 * (5 + LATENCY_BOUNDS_MS.length));
    expect(queries[0]?.MetricStat).toEqual({
      Metric: {
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'RequestCount',
        Dimensions: [
          { Name: 'TargetGroup', Value: 'targetgroup/monolith/73e2d6bc24d8a067' },
          { Name: 'LoadBalancer', Value: 'app/web/50dc6c495c0c9188' },
        ],
      },
      Period: 60,
      Stat: 'Sum',
    });
    expect(queries.at(-1)?.MetricStat?.Stat).toBe('PR(:30)');
  });

  it('count as failed what no target answered below 500, so that a target which hangs is seen', async () => {
    const values: { [metric: string]: number } = {
      RequestCount: 100,
      HTTPCode_Target_2XX_Count: 80,
      HTTPCode_Target_3XX_Count: 5,
      HTTPCode_Target_4XX_Count: 5,
    };
    counts((query) => values[metricOf(query) ?? ''] ?? 0, 2);
    const { candidate, firstFailures } = await readingsAt(5).since('r', SINCE_MS);
    expect(candidate).toMatchObject({ requests: 200, failures: 20 });
    expect(firstFailures).toMatchObject({ weightPercent: 5, candidate: { users: 20, requests: 200 } });
  });

  it('make a histogram of the shares within each bound, minute by minute', async () => {
    counts(({ MetricStat }) => {
      if (MetricStat?.Stat === 'SampleCount') return 10;
      const boundMs = Number(/^PR\(:(.+)\)$/.exec(MetricStat?.Stat ?? '')?.[1]) * 1_000;
      return boundMs >= 100 ? 90 : 20;
    }, 2);
    const { withinBounds } = (await readingsAt(5).since('r', SINCE_MS)).candidate;
    const at = LATENCY_BOUNDS_MS.indexOf(100);
    expect([withinBounds[0], withinBounds[at], withinBounds.at(-1)]).toEqual([4, 18, 20]);
  });

  it('look at the present five minutes of a longer step by themselves', async () => {
    counts(() => 1);
    expect(await readingsAt(14).since('r', SINCE_MS)).toMatchObject({ recent: { index: 2 } });
    expect(asked().map(({ StartTime }) => StartTime)).toEqual([
      new Date('2026-01-01T10:01:00Z'),
      new Date('2026-01-01T10:11:00Z'),
    ]);
  });

  it('add up hours where a step lasts for days', async () => {
    counts(() => 1);
    await readingsAt(7 * 24 * 60).since('r', SINCE_MS);
    const [step, recent] = asked().map(({ MetricDataQueries }) => MetricDataQueries?.[0]?.MetricStat?.Period);
    expect([step, recent]).toEqual([3_600, 60]);
  });

  it('ask once a minute', async () => {
    counts(() => 1);
    const readings = readingsAt(4);
    expect(await readings.since('r', SINCE_MS)).toBe(await readings.since('r', SINCE_MS));
    expect(asked()).toHaveLength(1);
  });

  it('are not guessed while CloudWatch is away', async () => {
    cloudWatch.on(GetMetricDataCommand).rejects(new Error('no'));
    await expect(readingsAt(5).since('r', SINCE_MS)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('are a mistake to ask for without the right to', async () => {
    cloudWatch
      .on(GetMetricDataCommand)
      .rejects(Object.assign(new Error('no right'), { name: 'AccessDenied' }));
    await expect(readingsAt(5).since('r', SINCE_MS)).rejects.toThrow('CloudWatch refuses it: no right');
  });
});
