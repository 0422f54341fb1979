import type { TrafficDial } from '../ramp/traffic-dial.ts';
import type { Side } from './canary-router.ts';
import type { PinBoard } from './pin-board.ts';
import { previewWeight, type WeightPreview } from './preview-weight.ts';
import type { RouteConfig } from './proxy-config.ts';
import { keyOf } from './sticky-key.ts';

/** What another weight of a dial would change. */
export interface RoutePreview extends WeightPreview {
  readonly fromPercent: number;
  readonly toPercent: number;
  /** The share of the dial's users that would change sides. */
  readonly movingPercent: number;
}

/** Says how many of a dial's users would move, and which of some given keys; it changes nothing. */
export const previewRoute = async (options: {
  route: string;
  config: Pick<RouteConfig, 'allow' | 'salt'>;
  dial: Pick<TrafficDial, 'read'>;
  pins: PinBoard;
  /** The name of the dial that would be turned: the route's, or a cohort's. */
  name: string;
  toPercent: number;
  /** As people have them: each is made a sticky key as the proxy makes it. */
  keys: Iterable<string>;
  /** Whether the keys are tokens or session cookies, which the proxy hashes. */
  credentials: boolean;
}): Promise<RoutePreview> => {
  const { route, config, name, toPercent, credentials } = options;
  const { fromPercent, rolledBack } = await standing(options.dial, route, name);
  const given = new Map([...options.keys].map((key) => [keyOf(key, credentials), key]));
  const held = await heldUsers(options.pins, route, config.allow);
  const { salt = route } = config;
  const preview = previewWeight({ salt, fromPercent, toPercent, keys: given.keys(), held, rolledBack });
  const asGiven = (keys: readonly string[]) => keys.map((key) => given.get(key) ?? key);
  const [toCandidate, toControl] = [asGiven(preview.toCandidate), asGiven(preview.toControl)];
  const movingPercent = movingOf(fromPercent, toPercent);
  return { fromPercent, toPercent, movingPercent, ...preview, toCandidate, toControl };
};

/** What the users of a dial go by now: a cohort without a weight of its own goes by the route's. */
const standing = async (
  dial: Pick<TrafficDial, 'read'>,
  route: string,
  name: string,
): Promise<{ fromPercent: number; rolledBack: boolean }> => {
  const [ofRoute, own] = await Promise.all([dial.read(route), dial.read(name)]);
  const rolledBack = ofRoute.rolledBack ?? false;
  const governing = rolledBack || own.setAtMs === undefined ? ofRoute : own;
  return { fromPercent: governing.weightPercent, rolledBack };
};

/** Those whom no weight moves. */
const heldUsers = async (
  pins: PinBoard,
  route: string,
  allow: readonly string[],
): Promise<Map<string, Side>> => {
  const held = new Map<string, Side>();
  for (const key of allow) {
    held.set(keyOf(key, false), 'candidate');
    held.set(keyOf(key, true), 'candidate');
  }
  for (const { key, side } of await pins.list(route)) held.set(key, side);
  return held;
};

const movingOf = (fromPercent: number, toPercent: number): number =>
  Math.abs(Math.round(toPercent * 100) - Math.round(fromPercent * 100)) / 100;
