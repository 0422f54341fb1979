import { ProxyDial, type RouteConfig } from '../../proxy/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { nearest } from './nearest.ts';

/**
 * The configuration of a route.
 * @throws UsageError that names the nearest when there is no such route.
 */
export const routeOf = async (context: CommandContext, route: string): Promise<RouteConfig> => {
  const { routes } = partOf(await context.config(), 'proxy');
  const found = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (found) return found;
  throw new UsageError(`there is no route "${route}": ${nearest(route, Object.keys(routes))}`);
};

/** The dial of the proxies that read this configuration's control store. */
export const dialOf = async (context: CommandContext): Promise<ProxyDial> =>
  new ProxyDial({ store: await context.controlStore(), clock: context.clock });
