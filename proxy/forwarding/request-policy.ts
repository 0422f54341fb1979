import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { withoutCookie } from '../routing/cookie-header.ts';
import { pathFault } from './canonical-path.ts';
import { forwardedHeaders, type Peer, plainAddress, tellsOfClient } from './forwarded-headers.ts';
import { connectionNamed, HOP_BY_HOP } from './hop-by-hop.ts';

/** A request that is refused before routing. */
export interface Refusal {
  readonly status: 400 | 501;
  readonly code: string;
  readonly message: string;
}

const HOST = /^[A-Za-z0-9._~:[\]-]*$/;
const OWN_PREFIX = 'x-banyan-';
/** Methods for which Node's client writes a body without framing it, unless told that it is chunked. */
const BODY_UNUSUAL = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** Why a request is refused; `undefined` when it may be routed. Node's parser has refused CL with TE already. */
export const refusalOf = (req: IncomingMessage, target: string): Refusal | undefined => {
  const fault = pathFault(target);
  if (fault) return refused(400, 'bad-path', `The request target is not canonical: ${fault}.`);
  const { host, 'transfer-encoding': encoding } = req.headers;
  if (countOf('host', req.rawHeaders) > 1)
    return refused(400, 'bad-host', 'There is more than one Host header.');
  if (host !== undefined && !HOST.test(host))
    return refused(400, 'bad-host', 'The Host header is not a host.');
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked')
    return refused(501, 'bad-transfer-encoding', 'No transfer encoding but chunked is understood.');
  return undefined;
};

const refused = (status: 400 | 501, code: string, message: string): Refusal => ({ status, code, message });

const countOf = (name: string, rawHeaders: readonly string[]): number => {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at];
    if (raw?.length === name.length && raw.toLowerCase() === name) count++;
  }
  return count;
};

/** What the policy has to know of this proxy. */
export interface RequestPolicy {
  readonly cookieName: string;
  readonly isTrusted: (address: string) => boolean;
}

/**
 * The headers that go upstream in place of a request's own: without what belongs to the client's connection,
 * without what only we may say (`x-banyan-*`, X-Forwarded-*, our cookie), with what we know of the client, and
 * with the target's host. `Expect` is answered here: Node has told the client to continue.
 */
export const upstreamHeaders = (
  req: IncomingMessage,
  targetHost: string,
  policy: RequestPolicy,
): OutgoingHttpHeaders => {
  const { headers } = req;
  const named = connectionNamed(headers.connection);
  const outgoing: OutgoingHttpHeaders = {};
  for (const name in headers) {
    if (HOP_BY_HOP.has(name) || name === 'expect' || name.startsWith(OWN_PREFIX) || tellsOfClient(name))
      continue;
    if (named.length > 0 && named.includes(name)) continue;
    const value = name === 'cookie' ? withoutCookie(headers.cookie ?? '', policy.cookieName) : headers[name];
    if (value !== undefined) outgoing[name] = value;
  }
  if (headers['transfer-encoding'] && BODY_UNUSUAL.has(req.method ?? ''))
    outgoing['transfer-encoding'] = 'chunked';
  outgoing.host = targetHost;
  return Object.assign(outgoing, forwardedHeaders(headers, peerOf(req), policy.isTrusted));
};

const peerOf = ({ socket }: IncomingMessage): Peer => ({
  address: plainAddress(socket.remoteAddress),
  encrypted: 'encrypted' in socket && socket.encrypted === true,
});
