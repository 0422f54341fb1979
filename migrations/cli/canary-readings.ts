import {
  type DialKind,
  ReportedReadings,
  type RouteReadings,
  readingsByTime,
  type TrafficDial,
} from '../../proxy/index.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';

/** What counts for a dial: the proxies' own reports, or the load balancer's metrics. */
export const readingsOf = async (
  context: CommandContext,
  kind: DialKind,
  dial: TrafficDial,
): Promise<RouteReadings> => {
  const { clock } = context;
  if (kind === 'proxy') return new ReportedReadings({ store: await context.controlStore(), clock });
  const { routes } = partOf(await context.config(), 'alb');
  const { AlbReadings } = await import('../../proxy/ramp/dials/alb/index.ts');
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient({});
  context.onClose(async () => client.destroy());
  const weightOf = async (route: string) => (await dial.read(route)).weightPercent;
  return readingsByTime('CloudWatch', new AlbReadings({ client, routes, weightOf, clock }));
};
