import { type DialState, type TrafficDial, unsetAsNull } from '../ramp/traffic-dial.ts';
import type { Pin } from './pin.ts';
import type { PinBoard } from './pin-board.ts';
import type { RouteConfig } from './proxy-config.ts';
import { dialName } from './weight.ts';

/** Who of a route's users goes where, as the control store and the configuration have it. */
export interface RouteState extends DialState {
  readonly route: string;
  /** A cohort whose dial was never set goes by the route's. */
  readonly cohorts: readonly (DialState & { readonly cohort: string })[];
  /** How many keys the candidate serves at any weight. */
  readonly allowed: number;
  readonly pins: readonly Pin[];
}

/** Reads a route's dials and pins. */
export const readRouteState = async (options: {
  route: string;
  config: Pick<RouteConfig, 'allow' | 'cohorts'>;
  dial: Pick<TrafficDial, 'read'>;
  pins: PinBoard;
}): Promise<RouteState> => {
  const { route, config, dial } = options;
  const read = async (name: string) => unsetAsNull(await dial.read(name));
  const cohorts = Object.keys(config.cohorts).map(async (cohort) => ({
    cohort,
    ...(await read(dialName(route, cohort))),
  }));
  const [own, pins, ...others] = await Promise.all([read(route), options.pins.list(route), ...cohorts]);
  return { route, ...own, cohorts: others, allowed: config.allow.length, pins };
};
