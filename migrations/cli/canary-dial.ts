import { dialName, PinBoard, ProxyDial, type RouteConfig, type TrafficDial } from '../../proxy/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { nearest } from './nearest.ts';

/** What shares the traffic: Banyan's own proxy, or the rules of an Application Load Balancer. */
export type DialKind = 'proxy' | 'alb';
export const DIAL_KINDS: readonly DialKind[] = ['proxy', 'alb'];

/** A dial that remembers who turned it. */
export type RecordedDial = TrafficDial & Pick<ProxyDial, 'history'>;

/**
 * The configuration of a route of the proxy.
 * @throws UsageError that names the nearest when there is no such route.
 */
export const routeOf = async (context: CommandContext, route: string): Promise<RouteConfig> =>
  namedIn(partOf(await context.config(), 'proxy').routes, route);

/** The routes that a dial shares out. */
export const routeNames = async (context: CommandContext, kind: DialKind): Promise<readonly string[]> =>
  Object.keys(partOf(await context.config(), kind).routes);

/**
 * The dial of a kind, for a route of it.
 * @throws UsageError that names the nearest when there is no such route.
 */
export const dialOfRoute = async (
  context: CommandContext,
  kind: DialKind,
  route: string,
): Promise<RecordedDial> => {
  namedIn(Object.fromEntries((await routeNames(context, kind)).map((name) => [name, name])), route);
  return dialOf(context, kind);
};

/** The dial of the proxies that read this configuration's control store, or of its load balancer. */
export const dialOf = async (context: CommandContext, kind: DialKind): Promise<RecordedDial> => {
  const record = new ProxyDial({ store: await context.controlStore(), clock: context.clock });
  if (kind === 'proxy') return record;
  const { routes } = partOf(await context.config(), 'alb');
  const { AlbDial, ElbRule } = await import('../../proxy/ramp/dials/alb/index.ts');
  const { ElasticLoadBalancingV2Client } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const client = new ElasticLoadBalancingV2Client({});
  context.onClose(async () => client.destroy());
  return new AlbDial({ record, ruleOf: (name) => new ElbRule({ client, route: namedIn(routes, name) }) });
};

/**
 * What the dial of a route, or of a cohort of it, is called.
 * @throws UsageError that names the nearest when there is no such route or cohort.
 */
export const dialNameOf = async (
  context: CommandContext,
  { kind = 'proxy', route, cohort }: { kind?: DialKind; route: string; cohort?: string | undefined },
): Promise<string> => {
  if (cohort === undefined) return route;
  if (kind !== 'proxy') throw new UsageError("a load balancer knows no cohorts: they are the proxy's");
  const { cohorts } = await routeOf(context, route);
  if (Object.hasOwn(cohorts, cohort)) return dialName(route, cohort);
  throw new UsageError(
    Object.keys(cohorts).length === 0
      ? `${route} has no cohorts: name some in the route's cohorts`
      : `${route} has no cohort "${cohort}": ${nearest(cohort, Object.keys(cohorts))}`,
  );
};

/** The pins of the proxies that read this configuration's control store. */
export const pinBoardOf = async (context: CommandContext): Promise<PinBoard> =>
  new PinBoard({ store: await context.controlStore(), clock: context.clock });

const namedIn = <T>(routes: { readonly [name: string]: T }, route: string): T => {
  const found = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (found !== undefined) return found;
  throw new UsageError(`there is no route "${route}": ${nearest(route, Object.keys(routes))}`);
};
