import { z } from 'zod';
import { Refusal, type RefusalCode } from '../../services/admin/refusal.ts';
import { type Clock, UsageError } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import type { AlbRoute } from '../ramp/dials/alb/alb-config.ts';
import type { AlbDial } from '../ramp/dials/alb/alb-dial.ts';
import { ProxyDial, type RecordedDial } from '../ramp/dials/proxy-dial.ts';
import { Ramps } from '../ramp/ramps.ts';
import type { Planned } from '../ramp/ramps-config.ts';
import type { RouteReadings } from '../ramp/route-readings.ts';
import type { DialKind } from '../ramp/traffic-dial.ts';
import { ReportedReadings } from '../readings/reported-readings.ts';
import { PinBoard } from '../routing/pin-board.ts';
import type { RouteConfig } from '../routing/proxy-config.ts';
import { dial } from './request-fields.ts';

/** The routes of a dial, as the configuration has them. */
interface RoutesOf<R> {
  routes(): Promise<{ readonly [route: string]: R }>;
  /** @throws UsageError that names the nearest route. */
  requireRoute(name: string): Promise<R>;
  /** What of the configuration says which plans there are. */
  ramps(): Promise<Planned>;
}

/** What the operations on a load balancer's rules rest on. */
export interface AlbParts extends RoutesOf<AlbRoute> {
  dial(): Promise<AlbDial>;
  /** Always the same, since they remember what was asked within the minute. */
  readings(): Promise<RouteReadings>;
}

/** What the operations on canaries rest on; nothing is asked for before it is needed. */
export interface CanaryParts extends RoutesOf<RouteConfig> {
  control(): Promise<ControlStore>;
  readonly clock: Clock;
  /** What the dial of a route's cohort is called. @throws UsageError that names the nearest cohort. */
  cohortDial(route: string, cohort: string): Promise<string>;
  /** The admin listeners of all proxies. */
  proxies(): Promise<readonly string[]>;
  readonly alb: AlbParts;
}

/** A route, and what shares its traffic. */
export interface DialledRoute {
  readonly dial: DialKind;
  readonly route: string;
}

export const CANARY_TAG = 'canary';
export const CANARY_ROOT = '/api/v1/canary';

/** What every operation on one route has. */
export const ofRoute = {
  tag: CANARY_TAG,
  params: z.object({ route: z.string().describe('A route of the configuration.') }),
  query: z.object({ dial }),
};

/** The route that a request is about. */
export const routeIn = (request: {
  readonly params: { readonly route: string };
  readonly query: { readonly dial: DialKind };
}): DialledRoute => ({ dial: request.query.dial, route: request.params.route });

export const limit = z.coerce.number().int().min(1).max(1_000).default(50);

/** The dial of a kind; a cohort's too, by its name. */
export const dialOf = async ({ control, clock, alb }: CanaryParts, kind: DialKind): Promise<RecordedDial> =>
  kind === 'alb' ? alb.dial() : new ProxyDial({ store: await control(), clock });

/** What counts for a dial. Whoever reads more than once learns which proxies have fallen silent. */
export const readingsOf = async (
  { control, clock, alb }: CanaryParts,
  kind: DialKind,
): Promise<RouteReadings> =>
  kind === 'alb' ? alb.readings() : new ReportedReadings({ store: await control(), clock });

export const pinBoardOf = async ({ control, clock }: CanaryParts): Promise<PinBoard> =>
  new PinBoard({ store: await control(), clock });

export const rampsOf = async ({ control, clock }: CanaryParts, scope: DialKind): Promise<Ramps> =>
  new Ramps({ store: await control(), clock, scope });

/** Which plans the routes of a dial have. */
export const plansOf = (parts: CanaryParts, kind: DialKind): Promise<Planned> =>
  kind === 'alb' ? parts.alb.ramps() : parts.ramps();

/** What a person can mend is refused in the same words. */
const refusedAs = (code: RefusalCode) => (thrown: unknown) => {
  throw thrown instanceof UsageError ? new Refusal(code, thrown.message) : thrown;
};
export const notFound = refusedAs('not-found');
export const conflict = refusedAs('conflict');
export const invalid = refusedAs('invalid');

/** @throws Refusal that names the nearest route. */
export const requireRoute = async (
  parts: CanaryParts,
  { dial: kind, route }: DialledRoute,
): Promise<void> => {
  await (kind === 'alb' ? parts.alb : parts).requireRoute(route).catch(notFound);
};

/**
 * A route of the proxy, for what is the proxy's alone.
 * @throws Refusal that names the nearest route, or says that a load balancer has no `what`.
 */
export const requireProxyRoute = async (
  parts: CanaryParts,
  { dial: kind, route }: DialledRoute,
  what: string,
): Promise<RouteConfig> => {
  if (kind !== 'proxy')
    throw new Refusal('not-found', `a load balancer knows no ${what}: they are the proxy's`);
  return parts.requireRoute(route).catch(notFound);
};

/** The name of a route's dial, or of a cohort's. @throws Refusal that names the nearest. */
export const requireDial = async (
  parts: CanaryParts,
  at: DialledRoute,
  cohort: string | undefined,
): Promise<string> => {
  if (cohort === undefined) {
    await requireRoute(parts, at);
    return at.route;
  }
  await requireProxyRoute(parts, at, 'cohorts');
  return parts.cohortDial(at.route, cohort).catch(notFound);
};
