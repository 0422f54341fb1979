import type { IncomingHttpHeaders } from 'node:http';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { cookieValue } from './cookie-header.ts';
import type { RouteParams } from './route-table.ts';

const name = z.string().min(1);
const headerSchema = z.strictObject({ header: name });
const cookieSchema = z.strictObject({ cookie: name });
/**
 * A claim of a JSON Web Token, with or without `Bearer` before it. The signature is not checked: whoever writes
 * a token himself chooses his value. It may only ever choose a side, never what a side lets him do.
 */
const jwtSchema = z.strictObject({
  jwt: z.union([
    z.strictObject({ header: name, claim: name }),
    z.strictObject({ cookie: name, claim: name }),
  ]),
});

/** Where a request's sticky key may be found; the first that is present counts. */
export const keySchema = z.union([
  /** Authorization and other credentials are hashed before they are used. */
  headerSchema,
  /** Always hashed: a cookie is most often a session. */
  cookieSchema,
  jwtSchema,
  z.strictObject({ param: name }),
]);

/** What tells a cohort from the others. */
export const traitSchema = z.union([headerSchema, cookieSchema, jwtSchema]);

export type KeySource = z.infer<typeof keySchema>;
export type Trait = z.infer<typeof traitSchema>;

/** What `source` says of a request; `undefined` when it says nothing, or nothing that can be read. */
export const valueAt = (
  source: KeySource,
  headers: IncomingHttpHeaders,
  params: RouteParams,
): string | undefined => {
  if ('param' in source) {
    const raw = params[source.param];
    return raw === undefined ? undefined : decodeURIComponent(raw);
  }
  if ('jwt' in source) return claimOf(valueAt(source.jwt, headers, params), source.jwt.claim);
  if ('cookie' in source) return cookieValue(headers.cookie, source.cookie);
  const value = headers[source.header.toLowerCase()];
  return Array.isArray(value) ? value[0] : value;
};

const claimOf = (token: string | undefined, claim: string): string | undefined => {
  // Other schemes (Basic) and opaque tokens are told apart without an exception, which costs more than all else.
  if (token === undefined || !token.includes('.')) return undefined;
  try {
    const claims = decodeJwt(token.replace(/^Bearer +/i, ''));
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  } catch {
    return undefined;
  }
};
