import { z } from 'zod';
import { Refusal, type RefusalCode } from '../../services/admin/refusal.ts';
import { type Clock, UsageError } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { ProxyDial } from '../ramp/dials/proxy-dial.ts';
import { Ramps } from '../ramp/ramps.ts';
import type { planOf } from '../ramp/ramps-config.ts';
import { PinBoard } from '../routing/pin-board.ts';
import type { RouteConfig } from '../routing/proxy-config.ts';
import { readRouteState } from '../routing/route-state.ts';

/** What the operations on canaries rest on; nothing is asked for before it is needed. */
export interface CanaryParts {
  control(): Promise<ControlStore>;
  readonly clock: Clock;
  /** The routes of the configuration. */
  routes(): Promise<{ readonly [route: string]: RouteConfig }>;
  /** @throws UsageError that names the nearest route. */
  requireRoute(name: string): Promise<RouteConfig>;
  /** What the dial of a route's cohort is called. @throws UsageError that names the nearest cohort. */
  cohortDial(route: string, cohort: string): Promise<string>;
  /** What of the configuration says which plans there are. */
  ramps(): Promise<Parameters<typeof planOf>[0]>;
  /** The admin listeners of all proxies. */
  proxies(): Promise<readonly string[]>;
}

export const CANARY_TAG = 'canary';
export const CANARY_ROOT = '/api/v1/canary';

/** What every operation on one route has. */
export const ofRoute = {
  tag: CANARY_TAG,
  params: z.object({ route: z.string().describe("A route of the configuration's proxy.") }),
};

export const limit = z.coerce.number().int().min(1).max(1_000).default(50);

export const dialOf = async ({ control, clock }: CanaryParts): Promise<ProxyDial> =>
  new ProxyDial({ store: await control(), clock });

export const pinBoardOf = async ({ control, clock }: CanaryParts): Promise<PinBoard> =>
  new PinBoard({ store: await control(), clock });

/** What a person can mend is refused in the same words. */
const refusedAs = (code: RefusalCode) => (thrown: unknown) => {
  throw thrown instanceof UsageError ? new Refusal(code, thrown.message) : thrown;
};
export const notFound = refusedAs('not-found');
export const conflict = refusedAs('conflict');

/** @throws Refusal that names the nearest route. */
export const knownRoute = ({ requireRoute }: CanaryParts, route: string): Promise<RouteConfig> =>
  requireRoute(route).catch(notFound);

/** The name of a route's dial, or of a cohort's. @throws Refusal that names the nearest. */
export const knownDial = async (
  parts: CanaryParts,
  route: string,
  cohort: string | undefined,
): Promise<string> => {
  await knownRoute(parts, route);
  return cohort === undefined ? route : parts.cohortDial(route, cohort).catch(notFound);
};

/** A route, with its weight and who does not go by it. */
export const canaryOf = async (parts: CanaryParts, route: string) =>
  describe(parts, route, await knownRoute(parts, route));

export const canariesOf = async (parts: CanaryParts) => {
  const routes = Object.entries(await parts.routes());
  return { canaries: await Promise.all(routes.map(([route, config]) => describe(parts, route, config))) };
};

export const rampsOf = async ({ control, clock }: CanaryParts): Promise<Ramps> =>
  new Ramps({ store: await control(), clock });

const describe = async (parts: CanaryParts, route: string, config: RouteConfig) => {
  const [dial, board] = [await dialOf(parts), await pinBoardOf(parts)];
  const { methods, path, candidate, safe, shadow } = config;
  const [state, ramp] = await Promise.all([
    readRouteState({ route, config, dial, pins: board }),
    (await rampsOf(parts)).read(route),
  ]);
  return {
    ...state,
    ramp: ramp ? { phase: ramp.happened.phase, planName: ramp.wanted.planName } : null,
    ...{ methods, path, candidate: candidate.url, safe, shadowPercent: shadow?.percent ?? null },
  };
};
