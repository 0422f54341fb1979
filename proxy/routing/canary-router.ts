import type { IncomingHttpHeaders } from 'node:http';
import { cohortOf } from './cohort.ts';
import type { KeySource } from './request-value.ts';
import type { Route, RouteMatch, RouteTable } from './route-table.ts';
import { bucketOf, isCandidates } from './sticky-bucket.ts';
import { freshKey, type StickyKey, sourcedKeyOf, stickyKeyOf } from './sticky-key.ts';
import type { WeightInForce } from './weights.ts';

/** The old side and the new one. */
export type Side = 'control' | 'candidate';

/**
 * Why a request went where it went. `no-route`: no route shares it. `no-key`: nothing to stick by yet.
 * `bucket`: its key's bucket against the weight. `forced`: a tester chose. `pinned`: an operator put the user there,
 * or the candidate has failed him lately. `allowed`: he is on the route's list. `large-body`: too large to be asked
 * twice. `body-read`: a body parser was mounted ahead of us. `breaker-open`: the candidate is known to be down.
 * `rescue`: the candidate failed this request. `rescues-full`: it did, and the control has enough of those.
 * `declined`: it took no WebSocket. `no-upgrade`: the route keeps them at the control.
 */
export type Why =
  | 'no-route'
  | 'no-key'
  | 'bucket'
  | 'forced'
  | 'pinned'
  | 'allowed'
  | 'large-body'
  | 'body-read'
  | 'breaker-open'
  | 'rescue'
  | 'rescues-full'
  | 'declined'
  | 'no-upgrade';

/** Whether somebody chose: then no weight's coin was thrown, and the request says nothing in a ramp's evidence. */
export const isSteered = (why: Why): boolean => why === 'forced' || why === 'pinned' || why === 'allowed';

export interface Decision {
  readonly side: Side;
  readonly why: Why;
  /** Absent when no route matched. */
  readonly match?: RouteMatch;
  /** The dial that it was decided by, of the route or of a cohort, and its weight; absent when no route matched. */
  readonly dial?: string;
  readonly weight?: WeightInForce;
  /** The key whose bucket decided; absent when there was none. */
  readonly key?: string;
  /** The key to issue in our cookie; absent when the client has it already. */
  readonly issueKey?: string;
}

const NO_ROUTE: Decision = Object.freeze({ side: 'control', why: 'no-route' });

/** The weights that a router goes by. */
export interface DialedWeights {
  inForce(dial: string): WeightInForce;
  /** Whose weight holds for a cohort of a route. */
  governing(route: string, cohortDial: string): string;
}

/** Who is where by an operator's word. */
export interface PinnedUsers {
  some(route: string): boolean;
  sideOf(route: string, key: string): Side | undefined;
}

export interface RouterOptions {
  readonly table: RouteTable;
  readonly cookieName: string;
  readonly weights: DialedWeights;
  readonly testers: { sideOf(route: string, headers: IncomingHttpHeaders): Side | undefined };
  readonly pins: PinnedUsers;
  /** Whether the candidate has failed a user lately. */
  readonly rescued: { holds(route: string, key: string, headers: IncomingHttpHeaders): boolean };
}

/**
 * Decides which side answers a request: by a tester's choice, an operator's pin, the list of those allowed, or the
 * bucket of the key against the weight of its cohort or route, in this order; who was failed lately stays with the
 * control unless the first two say otherwise. A rollback leaves only the first.
 */
export class CanaryRouter {
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** `path` is canonical and without its query. */
  decide(method: string, path: string, headers: IncomingHttpHeaders): Decision {
    const { table, testers, weights, cookieName } = this.#options;
    const match = table.match(method, path);
    if (!match) return NO_ROUTE;
    const { route, params } = match;
    const forced = testers.sideOf(route.name, headers);
    const routeWeight = weights.inForce(route.name);
    if (forced !== undefined)
      return { side: forced, why: 'forced', match, dial: route.name, weight: routeWeight };
    const sources: readonly KeySource[] = route.config.key;
    const sticky = stickyKeyOf(headers, params, { cookieName, sources });
    // Keyless requests all go to the safe side, whatever the weight: their next one has the key issued here.
    if (!sticky) {
      const issueKey = freshKey();
      return { side: 'control', why: 'no-key', match, dial: route.name, weight: routeWeight, issueKey };
    }
    const dial = dialOf(route, headers, weights);
    const weight = dial === route.name ? routeWeight : weights.inForce(dial);
    const { side, why } = this.#sideOf(match, sticky, headers, weight, routeWeight.rolledBack);
    const { key } = sticky;
    return sticky.fromCookie
      ? { side, why, match, dial, weight, key }
      : { side, why, match, dial, weight, key, issueKey: key };
  }

  #sideOf(
    { route, params }: RouteMatch,
    sticky: StickyKey,
    headers: IncomingHttpHeaders,
    { weightPercent }: WeightInForce,
    rolledBack: boolean,
  ): { readonly side: Side; readonly why: Why } {
    const { pins, rescued } = this.#options;
    if (rolledBack) return CONTROL_BY_BUCKET;
    let side: Side | undefined;
    let allowed = false;
    if (route.allowed.size > 0 || pins.some(route.name)) {
      // A list names users as the key sources do, while a cookie may carry a key from before they logged in.
      const named = sticky.fromCookie ? sourcedKeyOf(headers, params, route.config.key) : undefined;
      side = pins.sideOf(route.name, sticky.key);
      if (side === undefined && named !== undefined) side = pins.sideOf(route.name, named);
      if (side !== undefined) return { side, why: 'pinned' };
      allowed = route.allowed.has(sticky.key) || (named !== undefined && route.allowed.has(named));
    }
    if (!allowed && !isCandidates(bucketOf(route.salt, sticky.key), weightPercent)) return CONTROL_BY_BUCKET;
    if (rescued.holds(route.name, sticky.key, headers)) return CONTROL_BY_PIN;
    return allowed ? CANDIDATE_BY_LIST : CANDIDATE_BY_BUCKET;
  }
}

const CONTROL_BY_BUCKET = Object.freeze({ side: 'control', why: 'bucket' });
const CONTROL_BY_PIN = Object.freeze({ side: 'control', why: 'pinned' });
const CANDIDATE_BY_BUCKET = Object.freeze({ side: 'candidate', why: 'bucket' });
const CANDIDATE_BY_LIST = Object.freeze({ side: 'candidate', why: 'allowed' });

const dialOf = (route: Route, headers: IncomingHttpHeaders, weights: DialedWeights): string => {
  if (route.cohorts.length === 0) return route.name;
  const cohort = cohortOf(route.cohorts, headers);
  return cohort ? weights.governing(route.name, cohort.dial) : route.name;
};
