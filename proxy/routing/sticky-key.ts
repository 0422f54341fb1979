import { hash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { cookieValue } from './cookie-header.ts';
import { type KeySource, valueAt } from './request-value.ts';
import type { RouteParams } from './route-table.ts';

/** What a key may look like: safe in a cookie, and bounded. */
const KEY = /^[A-Za-z0-9._~:-]{1,64}$/;
/** 128 bits in base64url. */
const DIGEST_CHARS = 22;
const CREDENTIAL_HEADER = /auth|cookie|token|secret|session|password|api-?key|jwt|csrf/i;

/** The key that a request sticks by, and whether our cookie already carries it. */
export interface StickyKey {
  readonly key: string;
  readonly fromCookie: boolean;
}

/**
 * The sticky key of a request: Banyan's own cookie, then the first of the route's sources that has a value.
 * `undefined` when the request has none. The cookie comes first so that a user stays through logout and login.
 */
export const stickyKeyOf = (
  headers: IncomingHttpHeaders,
  params: RouteParams,
  options: { readonly cookieName: string; readonly sources: readonly KeySource[] },
): StickyKey | undefined => {
  const carried = cookieValue(headers.cookie, options.cookieName);
  if (carried !== undefined && KEY.test(carried)) return { key: carried, fromCookie: true };
  const key = sourcedKeyOf(headers, params, options.sources);
  return key === undefined ? undefined : { key, fromCookie: false };
};

/** The key of the first source that has a value, whatever our cookie says. */
export const sourcedKeyOf = (
  headers: IncomingHttpHeaders,
  params: RouteParams,
  sources: readonly KeySource[],
): string | undefined => {
  for (const source of sources) {
    const value = valueAt(source, headers, params);
    if (value) return keyOf(value, isCredential(source));
  }
  return undefined;
};

/**
 * The key of a value that a source gave. A credential is hashed, so that neither bucket nor cookie nor preview
 * ever sees it; so is what would not fit a cookie. Anything else is its own key.
 */
export const keyOf = (value: string, credential: boolean): string =>
  !credential && KEY.test(value) ? value : hash('sha256', value, 'base64url').slice(0, DIGEST_CHARS);

/** Whether a source's values are secrets. */
export const isCredential = (source: KeySource): boolean =>
  'cookie' in source || ('header' in source && CREDENTIAL_HEADER.test(source.header));

/** A key nobody has yet, for a request that came without one. */
export const freshKey = (): string => randomBytes(16).toString('base64url');
