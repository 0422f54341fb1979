import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Side, Why } from '../routing/canary-router.ts';
import { type HeaderList, headerIn } from './header-list.ts';
import { connectionNamed, HOP_BY_HOP } from './hop-by-hop.ts';

/** Which side served an answer stands in this header. */
export const SIDE_HEADER = 'x-banyan-side';
/** Why somebody's side was chosen for him, where no weight did. */
export const WHY_HEADER = 'x-banyan-why';
const OWN_PREFIX = 'x-banyan-';

/** What we add to an answer. */
export interface AnswerMarks {
  readonly side: Side;
  /** Absent when the weight decided, or nothing had to. */
  readonly why?: Why | undefined;
  /** Set-Cookie values of ours. */
  readonly setCookies: readonly string[];
  /** The upstream's address, which a Location must not show: it knows itself by the Host that we send. */
  readonly ownAddress?: string | undefined;
}

/**
 * The headers of an upstream's answer as the client gets them, as a flat list of names and values: their
 * spelling, order and repetitions kept, without what belongs to the upstream's connection.
 */
export const answerHeaders = (rawHeaders: HeaderList, marks: AnswerMarks): string[] => {
  const named = connectionNamed(headerIn(rawHeaders, 'connection'));
  const headers: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || lower.startsWith(OWN_PREFIX) || named.includes(lower)) continue;
    if (lower === 'cache-control' && marks.setCookies.length > 0) continue;
    const value = rawHeaders[at + 1] ?? '';
    headers.push(name, lower === 'location' ? locationFor(value, marks.ownAddress) : value);
  }
  if (marks.setCookies.length > 0) {
    headers.push('cache-control', privately(headerIn(rawHeaders, 'cache-control')));
    for (const setCookie of marks.setCookies) headers.push('set-cookie', setCookie);
  }
  headers.push(SIDE_HEADER, marks.side);
  if (marks.why !== undefined) headers.push(WHY_HEADER, marks.why);
  return headers;
};

/** What frames, addresses or authenticates a message may not come after it (RFC 9110 §6.5.1). */
const NO_TRAILER = new Set(['authorization', 'content-length', 'host', 'set-cookie']);

/** An answer's trailers as the client gets them. */
export const answerTrailers = (rawTrailers: HeaderList): [string, string][] => {
  const trailers: [string, string][] = [];
  for (let at = 0; at < rawTrailers.length; at += 2) {
    const name = rawTrailers[at] ?? '';
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || lower.startsWith(OWN_PREFIX) || NO_TRAILER.has(lower)) continue;
    trailers.push([name, rawTrailers[at + 1] ?? '']);
  }
  return trailers;
};

const locationFor = (location: string, ownAddress: string | undefined): string =>
  ownAddress !== undefined && location.startsWith(`${ownAddress}/`)
    ? location.slice(ownAddress.length)
    : location;

/** An answer that issues one user's key must not be kept by a cache that many share: they would become one. */
export const privately = (cacheControl: string | undefined): string => {
  const directives = (cacheControl ?? '').split(',').map((directive) => directive.trim());
  const kept = directives.filter((directive) => directive !== '' && !/^(public|s-maxage\b)/i.test(directive));
  return kept.some((directive) => /^(private|no-store)$/i.test(directive))
    ? kept.join(', ')
    : ['private', ...kept].join(', ');
};

/** The headers of a 101 answer: end-to-end ones, and those that make it one. */
export const switchingHeaders = (
  { headers }: IncomingMessage,
  { side, why, setCookies }: AnswerMarks,
): IncomingHttpHeaders => {
  const named = connectionNamed(headers.connection);
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) {
    if (!HOP_BY_HOP.has(name) && !name.startsWith(OWN_PREFIX) && !named.includes(name))
      kept[name] = headers[name];
  }
  const ours: IncomingHttpHeaders = { connection: 'Upgrade', upgrade: headers.upgrade, [SIDE_HEADER]: side };
  if (why !== undefined) ours[WHY_HEADER] = why;
  if (setCookies.length > 0) ours['set-cookie'] = [...(kept['set-cookie'] ?? []), ...setCookies];
  return { ...kept, ...ours };
};
