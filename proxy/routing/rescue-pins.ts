import type { IncomingHttpHeaders } from 'node:http';
import { type CookiePolicy, cookieValue, ownCookieOf } from './cookie-header.ts';
import type { Signer } from './signer.ts';

/** The most users of one route that an instance remembers; then it forgets the longest pinned. */
const MAX_REMEMBERED = 10_000;

/**
 * Users who stay with the control for a while since the candidate failed them: the stated exception of law 10. This
 * instance remembers them, whether they keep cookies or not; a signed cookie tells the other instances, which
 * a store would only do at a write for each rescue, just when much goes wrong.
 */
export class RescuePins {
  readonly #signer: Signer;
  readonly #cookie: CookiePolicy;
  readonly #nowMs: () => number;
  readonly #maxRemembered: number;
  /** By route and key, until when, in the order in which they came. */
  readonly #byRoute = new Map<string, Map<string, number>>();

  constructor(options: {
    signer: Signer;
    cookie: CookiePolicy;
    nowMs: () => number;
    /** Optional: defaults to 10,000 a route. */
    maxRemembered?: number;
  }) {
    this.#signer = options.signer;
    this.#cookie = options.cookie;
    this.#nowMs = options.nowMs;
    this.#maxRemembered = options.maxRemembered ?? MAX_REMEMBERED;
  }

  /** Pins a user for `pinMs`; answers the Set-Cookie value that tells other instances, if it can be signed. */
  pin(route: string, key: string, pinMs: number): string | undefined {
    const untilMs = this.#nowMs() + pinMs;
    this.#remember(route, key, untilMs);
    if (!this.#signer.canSign) return undefined;
    const until = String(Math.ceil(untilMs / 1_000));
    const value = `${until}.${this.#signer.sign(signedText(route, until, key))}`;
    const { name, secure } = this.#cookie;
    return ownCookieOf(pinCookieName(name, route), value, Math.ceil(pinMs / 1_000), secure);
  }

  holds(route: string, key: string, headers: IncomingHttpHeaders): boolean {
    const nowMs = this.#nowMs();
    if ((this.#byRoute.get(route)?.get(key) ?? 0) > nowMs) return true;
    const { cookie } = headers;
    if (!cookie?.includes('.pin.') || !this.#signer.canSign) return false;
    const carried = cookieValue(cookie, pinCookieName(this.#cookie.name, route)) ?? '';
    const [until = '', mark = ''] = carried.split('.');
    const untilMs = Number(until) * 1_000;
    if (!(untilMs > nowMs) || !this.#signer.verifies(signedText(route, until, key), mark)) return false;
    // A signature costs more to check than all the rest of a decision.
    this.#remember(route, key, untilMs);
    return true;
  }

  /** How many users of a route this instance remembers. */
  remembered(route: string): number {
    const nowMs = this.#nowMs();
    const users = this.#byRoute.get(route)?.values() ?? [];
    return [...users].filter((untilMs) => untilMs > nowMs).length;
  }

  #remember(route: string, key: string, untilMs: number): void {
    const users = this.#byRoute.get(route) ?? new Map<string, number>();
    this.#byRoute.set(route, users);
    forgetEnded(users, this.#nowMs());
    users.delete(key);
    users.set(key, untilMs);
    const [first] = users.keys();
    if (users.size > this.#maxRemembered && first !== undefined) users.delete(first);
  }
}

const forgetEnded = (users: Map<string, number>, nowMs: number): void => {
  for (const [key, untilMs] of users) {
    if (untilMs > nowMs) return;
    users.delete(key);
  }
};

const pinCookieName = (cookieName: string, route: string): string => `${cookieName}.pin.${route}`;
/** It names the user: nobody can pin another by it, or himself on another's behalf. */
const signedText = (route: string, until: string, key: string): string => `pin:${route}:${until}:${key}`;
