import type { IncomingMessage } from 'node:http';
import { withoutCookie } from '../routing/cookie-header.ts';
import { pathFault } from './canonical-path.ts';
import { addForwarded, type Peer, plainAddress, tellsOfClient } from './forwarded-headers.ts';
import { connectionNamed, HOP_BY_HOP } from './hop-by-hop.ts';

/** A request that is refused before routing. */
export interface Refusal {
  readonly status: 400 | 501;
  readonly code: string;
  readonly message: string;
}

const HOST = /^[A-Za-z0-9._~:[\]-]*$/;
const OWN_PREFIX = 'x-banyan-';

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
  options: {
    readonly host: string;
    readonly policy: RequestPolicy;
    /** Of the body that goes along, where it is not the client's own; -1 for none. */
    readonly contentLength?: number | undefined;
  },
): string[] => {
  const { headers } = req;
  const { host, policy, contentLength } = options;
  const named = connectionNamed(headers.connection);
  const outgoing = ['host', host];
  for (const name in headers) {
    if (!passesUpstream(name) || (named.length > 0 && named.includes(name))) continue;
    if (contentLength !== undefined && name === 'content-length') continue;
    const value = name === 'cookie' ? withoutCookie(headers.cookie ?? '', policy.cookieName) : headers[name];
    if (typeof value === 'string') outgoing.push(name, value);
    else if (value) for (const each of value) outgoing.push(name, each);
  }
  if (contentLength !== undefined && contentLength >= 0)
    outgoing.push('content-length', String(contentLength));
  addForwarded(outgoing, { headers, peer: peerOf(req), isTrusted: policy.isTrusted });
  return outgoing;
};

const passesUpstream = (name: string): boolean =>
  !(
    name === 'host' ||
    HOP_BY_HOP.has(name) ||
    name === 'expect' ||
    name.startsWith(OWN_PREFIX) ||
    tellsOfClient(name)
  );

const peerOf = ({ socket }: IncomingMessage): Peer => ({
  address: plainAddress(socket.remoteAddress),
  encrypted: 'encrypted' in socket && socket.encrypted === true,
});
