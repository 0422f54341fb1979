import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { AlbDial } from '../../../../proxy/ramp/dials/alb/alb-dial.ts';
import { AlbReadings } from '../../../../proxy/ramp/dials/alb/alb-readings.ts';
import { MemoryWeightedRule } from '../../../../proxy/ramp/dials/alb/memory-weighted-rule.ts';
import { ProxyDial } from '../../../../proxy/ramp/dials/proxy-dial.ts';
import { RampController } from '../../../../proxy/ramp/ramp-controller.ts';
import { rampPlanSchema } from '../../../../proxy/ramp/ramp-plan.ts';
import { Ramps } from '../../../../proxy/ramp/ramps.ts';
import { readingsByTime } from '../../../../proxy/ramp/route-readings.ts';
import { VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';
import { minuteOf, minutesBetween } from '../../../support/load-balancer-metrics.ts';

const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
const routes = {
  web: {
    rule: arn('listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee'),
    control: arn('targetgroup/monolith/73e2d6bc24d8a067'),
    candidate: arn('targetgroup/profiles/943f017f100becff'),
  },
};
const MINUTE_MS = 60_000;
const plan = rampPlanSchema.parse({
  steps: [
    { weightPercent: 10, bakeMs: 5 * MINUTE_MS },
    { weightPercent: 50, bakeMs: 5 * MINUTE_MS },
  ],
});

// No emulator counts what a load balancer does.
const cloudWatch = mockClient(CloudWatchClient);

const minutesOf = (failing: number) =>
  cloudWatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries, StartTime, EndTime }) => {
    const times = minutesBetween(StartTime.getTime(), EndTime.getTime());
    return {
      MetricDataResults: MetricDataQueries.map((query: MetricDataQuery) => ({
        Id: query.Id,
        Timestamps: times.map((ms) => new Date(ms)),
        Values: times.map(() => minuteOf(query, failing)),
      })),
    };
  });

const setUp = async () => {
  const clock = new VirtualClock();
  const store = new MemoryControlStore({ clock });
  const rule = new MemoryWeightedRule();
  const dial = new AlbDial({ record: new ProxyDial({ store, clock }), ruleOf: () => rule });
  const weightOf = async (route: string) => (await dial.read(route)).weightPercent;
  const source = new AlbReadings({ client: new CloudWatchClient({}), routes, weightOf, clock });
  const readings = readingsByTime('CloudWatch', source);
  const controller = new RampController({ store, dial, readings, clock, routes: ['web'], by: 'one' });
  await new Ramps({ store, clock }).start('web', { plan, planName: null, by: 'ann', why: '' });
  /** Looks every ten seconds for so many minutes, and answers the weights that were seen. */
  const watch = async (minutes: number): Promise<number[]> => {
    const weights: number[] = [];
    for (let look = 0; look < minutes * 6; look++) {
      await controller.tick(() => true);
      const { candidate, control } = await rule.read();
      const weight = (candidate * 100) / (candidate + control);
      if (weights.at(-1) !== weight) weights.push(weight);
      await clock.advance(10_000);
    }
    return weights;
  };
  return { watch };
};

beforeEach(() => {
  cloudWatch.reset();
});

describe('the ramp of a load balancer', () => {
  it('goes up while all is well', async () => {
    minutesOf(0);
    expect(await (await setUp()).watch(30)).toEqual([10, 50]);
  });

  it('goes back when the candidate fails', async () => {
    minutesOf(30);
    expect(await (await setUp()).watch(30)).toEqual([10, 0]);
  });

  it('holds while nobody comes', async () => {
    cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
    expect(await (await setUp()).watch(30)).toEqual([10]);
  });

  it('holds while CloudWatch is away', async () => {
    cloudWatch.on(GetMetricDataCommand).rejects(new Error('no'));
    expect(await (await setUp()).watch(30)).toEqual([10]);
  });
});
