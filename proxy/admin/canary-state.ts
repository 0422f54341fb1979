import type { z } from 'zod';
import type { Plain } from '../../services/admin/operation.ts';
import { messageOf } from '../../services/core/index.ts';
import { type DialState, unsetAsNull } from '../ramp/traffic-dial.ts';
import { readRouteState } from '../routing/route-state.ts';
import {
  type CanaryParts,
  type DialledRoute,
  dialOf,
  pinBoardOf,
  rampsOf,
  requireRoute,
} from './canary-parts.ts';
import type { canarySchema } from './canary-schemas.ts';

type CanaryState = Plain<z.input<typeof canarySchema>>;

/** A route, with its weight and, of a proxy's, who does not go by it. @throws Refusal that names the nearest. */
export const canaryOf = async (parts: CanaryParts, at: DialledRoute): Promise<CanaryState> => {
  await requireRoute(parts, at);
  return at.dial === 'alb' ? ruleState(parts, at.route) : proxyRouteState(parts, at.route);
};

/** The routes of all dials. */
export const canariesOf = async (parts: CanaryParts): Promise<{ canaries: CanaryState[] }> => {
  const [routes, rules] = await Promise.all([parts.routes(), parts.alb.routes()]);
  const canaries = await Promise.all([
    ...Object.keys(routes).map((route) => proxyRouteState(parts, route)),
    ...Object.keys(rules).map((route) => ruleState(parts, route)),
  ]);
  return { canaries };
};

const proxyRouteState = async (parts: CanaryParts, route: string): Promise<CanaryState> => {
  const config = await parts.requireRoute(route);
  const { methods, path, candidate, safe, shadow } = config;
  const [state, ramp] = await Promise.all([
    readRouteState({ route, config, dial: await dialOf(parts, 'proxy'), pins: await pinBoardOf(parts) }),
    rampState(parts, { dial: 'proxy', route }),
  ]);
  const about = { methods, path, candidate: candidate.url, safe, shadowPercent: shadow?.percent ?? null };
  return { dial: 'proxy', ...state, ramp, ...about };
};

const ruleState = async (parts: CanaryParts, route: string): Promise<CanaryState> => {
  const { rule, control, candidate, stickySeconds = null } = await parts.alb.requireRoute(route);
  const [reading, ramp] = await Promise.all([
    readRule(parts, route),
    rampState(parts, { dial: 'alb', route }),
  ]);
  return { dial: 'alb', route, ...reading, ramp, rule, control, candidate, stickySeconds };
};

/** What a route's dial shows; of a rule that cannot be read, what was set last. */
export const readDial = async (parts: CanaryParts, { dial, route }: DialledRoute): Promise<DialState> =>
  dial === 'alb' ? readRule(parts, route) : unsetAsNull(await (await dialOf(parts, dial)).read(route));

/** A load balancer that cannot be asked hides neither what was wanted of it nor the routes of the proxy. */
const readRule = async ({ alb }: CanaryParts, route: string) => {
  const dial = await alb.dial();
  try {
    return { ...unsetAsNull(await dial.read(route)), trouble: null };
  } catch (thrown) {
    return { ...unsetAsNull(await dial.wanted(route)), trouble: messageOf(thrown) };
  }
};

const rampState = async (parts: CanaryParts, { dial, route }: DialledRoute) => {
  const ramp = await (await rampsOf(parts, dial)).read(route);
  return ramp ? { phase: ramp.happened.phase, planName: ramp.wanted.planName } : null;
};
