import {
  type DialKind,
  dialName,
  PinBoard,
  ProxyDial,
  type RecordedDial,
  type RouteConfig,
} from '../../proxy/index.ts';
import type { AlbDial, AlbRoute } from '../../proxy/ramp/dials/alb/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { nearest } from './nearest.ts';

/**
 * The configuration of a route of the proxy.
 * @throws UsageError that names the nearest when there is no such route.
 */
export const routeOf = async (context: CommandContext, route: string): Promise<RouteConfig> => {
  const { proxy, alb } = await context.config();
  if (alb && Object.hasOwn(alb.routes, route) && !(proxy && Object.hasOwn(proxy.routes, route)))
    throw new UsageError(
      `${route} is a load balancer's route: dial it with --dial alb. Pins, forced testers, cohorts and shadows are the proxy's: a load balancer draws a side for each request`,
    );
  return namedIn((await proxyOf(context)).routes, route);
};

/**
 * The configuration of a route of the load balancer.
 * @throws UsageError that names the nearest when there is no such route.
 */
export const ruleOf = async (context: CommandContext, route: string): Promise<AlbRoute> =>
  namedIn(partOf(await context.config(), 'alb').routes, route);

const proxyOf = async (context: CommandContext) => {
  const config = await context.config();
  if (!config.proxy && config.alb)
    throw new UsageError(
      'the configuration has no `proxy`, but an `alb`: give --dial alb to commands that have it; the others are about a proxy',
    );
  return partOf(config, 'proxy');
};

/** What the configuration says of all that a dial shares out. */
export const dialPart = async (context: CommandContext, kind: DialKind) =>
  kind === 'alb' ? partOf(await context.config(), 'alb') : proxyOf(context);

/** The routes that a dial shares out. */
export const routeNames = async (context: CommandContext, kind: DialKind): Promise<readonly string[]> =>
  Object.keys((await dialPart(context, kind)).routes);

/**
 * The dial of a kind, for a route of it.
 * @throws UsageError that names the nearest when there is no such route.
 */
export const dialOfRoute = async (
  context: CommandContext,
  kind: DialKind,
  route: string,
): Promise<RecordedDial> => {
  await (kind === 'alb' ? ruleOf(context, route) : routeOf(context, route));
  return dialOf(context, kind);
};

/** The dial of the proxies that read this configuration's control store, or of its load balancer. */
export const dialOf = async (context: CommandContext, kind: DialKind): Promise<RecordedDial> =>
  kind === 'alb'
    ? albDialOf(context)
    : new ProxyDial({ store: await context.controlStore(), clock: context.clock });

/** The dial of the configuration's load balancer. */
export const albDialOf = async (context: CommandContext): Promise<AlbDial> => {
  const { routes } = partOf(await context.config(), 'alb');
  const { AlbDial, ElbRule } = await import('../../proxy/ramp/dials/alb/index.ts');
  const { ElasticLoadBalancingV2Client } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const client = new ElasticLoadBalancingV2Client({});
  context.onClose(async () => client.destroy());
  return new AlbDial({
    record: new ProxyDial({ store: await context.controlStore(), clock: context.clock }),
    ruleOf: (name) => new ElbRule({ client, route: namedIn(routes, name) }),
  });
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
