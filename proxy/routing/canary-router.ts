import type { IncomingHttpHeaders } from 'node:http';
import type { KeySource } from './proxy-config.ts';
import type { RouteMatch, RouteTable } from './route-table.ts';
import { bucketOf, isCandidates } from './sticky-bucket.ts';
import { freshKey, stickyKeyOf } from './sticky-key.ts';

/** The old side and the new one. */
export type Side = 'control' | 'candidate';

/**
 * Why a request went where it went. `no-route`: no route shares it. `no-key`: nothing to stick by yet.
 * `bucket`: its key's bucket against the weight. `large-body`: too large to be asked twice. `body-read`:
 * a body parser was mounted ahead of us. `breaker-open`: the candidate is known to be down. `rescue`: the candidate failed this request.
 */
export type Why = 'no-route' | 'no-key' | 'bucket' | 'large-body' | 'body-read' | 'breaker-open' | 'rescue';

export interface Decision {
  readonly side: Side;
  readonly why: Why;
  /** Absent when no route matched. */
  readonly match?: RouteMatch;
  /** The key whose bucket decided; absent when there was none. */
  readonly key?: string;
  /** The key to issue in our cookie; absent when the client has it already. */
  readonly issueKey?: string;
}

const NO_ROUTE: Decision = Object.freeze({ side: 'control', why: 'no-route' });

/** Decides which side answers a request. It holds no state but the routes: weights come from `weightOf`. */
export class CanaryRouter {
  readonly #table: RouteTable;
  readonly #cookieName: string;
  readonly #weightOf: (route: string) => number;

  constructor(options: {
    table: RouteTable;
    cookieName: string;
    /** The weight in force, in per cent. */
    weightOf: (route: string) => number;
  }) {
    this.#table = options.table;
    this.#cookieName = options.cookieName;
    this.#weightOf = options.weightOf;
  }

  /** `path` is canonical and without its query. */
  decide(method: string, path: string, headers: IncomingHttpHeaders): Decision {
    const match = this.#table.match(method, path);
    if (!match) return NO_ROUTE;
    const { route, params } = match;
    const sources: readonly KeySource[] = route.config.key;
    const sticky = stickyKeyOf(headers, params, { cookieName: this.#cookieName, sources });
    // Keyless requests all go to the safe side, whatever the weight: their next one has the key issued here.
    if (!sticky) return { side: 'control', why: 'no-key', match, issueKey: freshKey() };
    const candidate = isCandidates(bucketOf(route.salt, sticky.key), this.#weightOf(route.name));
    const side: Side = candidate ? 'candidate' : 'control';
    const { key } = sticky;
    return sticky.fromCookie
      ? { side, why: 'bucket', match, key }
      : { side, why: 'bucket', match, key, issueKey: key };
  }
}
