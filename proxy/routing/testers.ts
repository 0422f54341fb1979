import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Side } from './canary-router.ts';
import { type CookiePolicy, cookieValue, ownCookieOf } from './cookie-header.ts';
import { Signer } from './signer.ts';

/** Who sends one of the configured values in it chooses his side; like every `x-banyan-` header it goes no further. */
export const FORCE_HEADER = 'x-banyan-force';
/** A path that sets a tester's cookie: this, and a signed pass. */
export const FORCE_PATH = '/.banyan/force/';

/** What a tester carries: which side of which route, and until when. */
export interface ForcePass {
  readonly route: string;
  readonly side: Side;
  readonly untilSeconds: number;
}

/** The name of the cookie that forces a side of `route`. */
const forceCookieName = (cookieName: string, route: string): string => `${cookieName}.force.${route}`;

/** A pass as text: `profiles.candidate.1764500000.` and a signature. */
const forcePass = ({ route, side, untilSeconds }: ForcePass, signer: Signer): string => {
  const text = `${route}.${side}.${untilSeconds}`;
  return `${text}.${signer.sign(`force:${text}`)}`;
};

/** Reads what `forcePass` made; `undefined` when it is not signed by us, or over. */
export const readForcePass = (text: string, signer: Signer, nowMs: number): ForcePass | undefined => {
  const [route = '', side = '', until = '', mark = '', ...more] = text.split('.');
  if (more.length > 0 || (side !== 'control' && side !== 'candidate') || !/^\d{1,12}$/.test(until))
    return undefined;
  const untilSeconds = Number(until);
  if (untilSeconds * 1_000 <= nowMs) return undefined;
  return signer.verifies(`force:${route}.${side}.${until}`, mark) ? { route, side, untilSeconds } : undefined;
};

/** The Set-Cookie value that lets a browser carry `text`, which is `pass` signed. */
export const forceCookie = (
  pass: ForcePass,
  { text, cookie, nowMs }: { text: string; cookie: CookiePolicy; nowMs: number },
): string => {
  const maxAgeSeconds = Math.max(0, pass.untilSeconds - Math.floor(nowMs / 1_000));
  return ownCookieOf(forceCookieName(cookie.name, pass.route), text, maxAgeSeconds, cookie.secure);
};

/** What a tester is given: the path of a link that sets the cookie, and the Set-Cookie value itself. */
export const forceTokens = (
  pass: ForcePass,
  { secrets, cookie, nowMs }: { secrets: readonly string[]; cookie: CookiePolicy; nowMs: number },
): { readonly link: string; readonly setCookie: string } => {
  const text = forcePass(pass, new Signer(secrets));
  return { link: FORCE_PATH + text, setCookie: forceCookie(pass, { text, cookie, nowMs }) };
};

/** Those who choose their side: by a header value that few know, or by a cookie that we signed. */
export class Testers {
  readonly #signer: Signer;
  readonly #cookieName: string;
  readonly #nowMs: () => number;
  readonly #values: readonly { readonly digest: Buffer; readonly side: Side }[];

  constructor(options: {
    signer: Signer;
    cookieName: string;
    values: { readonly [side in Side]: readonly string[] };
    nowMs: () => number;
  }) {
    const { values } = options;
    this.#signer = options.signer;
    this.#cookieName = options.cookieName;
    this.#nowMs = options.nowMs;
    this.#values = (['control', 'candidate'] as const).flatMap((side) =>
      values[side].map((value) => ({ digest: digestOf(value), side })),
    );
  }

  /** The side that a request's sender may and did choose for `route`. */
  sideOf(route: string, headers: IncomingHttpHeaders): Side | undefined {
    const value = headers[FORCE_HEADER];
    const named = typeof value === 'string' ? this.#sideOfValue(value) : undefined;
    if (named !== undefined || !this.#signer.canSign) return named;
    const { cookie } = headers;
    if (!cookie?.includes('.force.')) return undefined;
    const text = cookieValue(cookie, forceCookieName(this.#cookieName, route));
    const pass = text === undefined ? undefined : readForcePass(text, this.#signer, this.#nowMs());
    return pass?.route === route ? pass.side : undefined;
  }

  /** All values are compared, each in the same time, so that the time tells nothing. */
  #sideOfValue(value: string): Side | undefined {
    const digest = digestOf(value);
    let side: Side | undefined;
    for (const known of this.#values) if (timingSafeEqual(digest, known.digest)) side = known.side;
    return side;
  }
}

const digestOf = (value: string): Buffer => hash('sha256', value, 'buffer');
