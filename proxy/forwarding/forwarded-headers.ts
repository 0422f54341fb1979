import type { IncomingHttpHeaders } from 'node:http';

/** Who sent a request, as its connection tells. */
export interface Peer {
  readonly address: string;
  readonly encrypted: boolean;
}

/** Headers that tell of the client; only a trusted proxy's are looked at. */
export const tellsOfClient = (name: string): boolean =>
  name.startsWith(PREFIX) || name === 'forwarded' || name === 'x-real-ip';

const MAPPED = '::ffff:';

/** An IPv4 address that came over an IPv6 socket, as itself. */
export const plainAddress = (address: string | undefined): string =>
  address?.startsWith(MAPPED) && address.includes('.')
    ? address.slice(MAPPED.length)
    : (address ?? 'unknown');

/**
 * Adds the client's address, scheme and host for the upstream. A trusted proxy's chain is continued with its own
 * address, and what else it says in X-Forwarded-* passes; anybody else's is dropped, since whoever connects may write what
 * he likes.
 */
export const addForwarded = (
  outgoing: string[],
  options: {
    readonly headers: IncomingHttpHeaders;
    readonly peer: Peer;
    readonly isTrusted: (address: string) => boolean;
  },
): void => {
  const { headers, peer, isTrusted } = options;
  const { address } = peer;
  const own = peer.encrypted ? 'https' : 'http';
  const host = headers.host ?? '';
  if (!isTrusted(address)) {
    add(outgoing, address, own, host, address, elementOf(address, own, host));
    return;
  }
  const chain = one(headers['x-forwarded-for']);
  const proto = lastOf(one(headers['x-forwarded-proto']));
  const scheme = proto === 'https' || proto === 'http' ? proto : own;
  const forwardedHost = lastOf(one(headers['x-forwarded-host'])) ?? host;
  const before = one(headers.forwarded);
  const element = elementOf(address, scheme, forwardedHost);
  add(
    outgoing,
    chain ? `${chain}, ${address}` : address,
    scheme,
    forwardedHost,
    lastOfClients(chain, isTrusted) ?? one(headers['x-real-ip']) ?? address,
    before ? `${before}, ${element}` : element,
  );
  for (const name in headers) {
    if (name.startsWith(PREFIX) && !REWRITTEN.has(name)) outgoing.push(name, one(headers[name]) ?? '');
  }
};

const PREFIX = 'x-forwarded-';
/** Of those that a trusted proxy sends; the others (a port, a user who signed in there) pass as they came. */
const REWRITTEN = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']);

/** The client as the outermost trusted proxy saw it: what stands before that in the chain he wrote himself. */
const lastOfClients = (
  chain: string | undefined,
  isTrusted: (address: string) => boolean,
): string | undefined => {
  const addresses = (chain ?? '').split(',').flatMap((address) => address.trim() || []);
  return addresses.findLast((address) => !isTrusted(address)) ?? addresses[0];
};

const add = (
  outgoing: string[],
  chain: string,
  proto: string,
  host: string,
  client: string,
  forwarded: string,
): void => {
  outgoing.push('x-forwarded-for', chain, 'x-forwarded-proto', proto, 'x-forwarded-host', host);
  outgoing.push('x-real-ip', client, 'forwarded', forwarded);
};

/** RFC 7239: an IPv6 address stands in brackets and quotes, a host in quotes. */
const elementOf = (address: string, proto: string, host: string): string =>
  `for=${address.includes(':') ? `"[${address}]"` : address};host="${host}";proto=${proto}`;

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(', ') : value;
const lastOf = (list: string | undefined): string | undefined => list?.split(',').at(-1)?.trim() || undefined;
