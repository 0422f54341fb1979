import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import {
  answerHeaders,
  answerTrailers,
  privately,
  switchingHeaders,
} from '../../../../proxy/forwarding/response-policy.ts';

const answerOf = (...rawHeaders: string[]): IncomingMessage => {
  const upstream = new IncomingMessage(new Socket());
  upstream.rawHeaders = rawHeaders;
  for (let at = 0; at < rawHeaders.length; at += 2)
    upstream.headers[(rawHeaders[at] ?? '').toLowerCase()] = rawHeaders[at + 1];
  return upstream;
};
const headersOf = (...rawHeaders: string[]) => rawHeaders;
const marks = { side: 'candidate', setCookies: [] as string[] } as const;

describe('answerHeaders', () => {
  it('keep spelling, order and repetitions, and say which side served', () => {
    const upstream = headersOf(
      'ETag',
      '"1"',
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'Content-Length',
      '3',
    );
    expect(answerHeaders(upstream, marks)).toEqual([
      ...['ETag', '"1"', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Content-Length', '3'],
      ...['x-banyan-side', 'candidate'],
    ]);
  });

  it("leave out what belongs to the upstream's connection, and what only we may say", () => {
    const upstream = headersOf(
      ...[
        'Connection',
        'close, X-Hop',
        'X-Hop',
        '1',
        'Keep-Alive',
        'timeout=5',
        'Transfer-Encoding',
        'chunked',
      ],
      ...['Proxy-Authenticate', 'Basic', 'Upgrade', 'h2c', 'Trailer', 'x', 'X-Banyan-Side', 'control'],
    );
    expect(answerHeaders(upstream, marks)).toEqual(['x-banyan-side', 'candidate']);
  });

  it.each([
    ['http://control:3000/login?a=1', '/login?a=1'],
    ['/login', '/login'],
    ['http://control:30001/login', 'http://control:30001/login'],
    ['https://elsewhere/', 'https://elsewhere/'],
  ])('send the client to our address when the upstream sends it to its own: %s', (location, sent) => {
    const ownAddress = 'http://control:3000';
    const headers = answerHeaders(headersOf('Location', location), { ...marks, ownAddress });
    expect(headers.slice(0, 2)).toEqual(['Location', sent]);
  });

  it('keep an answer that issues a key out of shared caches', () => {
    const upstream = headersOf('Cache-Control', 'public, max-age=60, s-maxage=600', 'Set-Cookie', 'a=1');
    expect(
      answerHeaders(upstream, { side: 'control', setCookies: ['banyan_key=k', 'banyan_key.pin.a=1'] }),
    ).toEqual([
      ...['Set-Cookie', 'a=1', 'cache-control', 'private, max-age=60', 'set-cookie', 'banyan_key=k'],
      ...['set-cookie', 'banyan_key.pin.a=1', 'x-banyan-side', 'control'],
    ]);
  });

  it('say why a side was chosen', () => {
    expect(answerHeaders([], { ...marks, why: 'forced' })).toEqual([
      ...['x-banyan-side', 'candidate', 'x-banyan-why', 'forced'],
    ]);
  });
});

describe('answerTrailers', () => {
  it('are what may come after a message, and no more', () => {
    const trailers = ['X-Checksum', '1', 'Content-Length', '3', 'Transfer-Encoding', 'chunked', 'Host', 'a'];
    expect(answerTrailers([...trailers, 'X-Banyan-Side', 'liar'])).toEqual([['X-Checksum', '1']]);
  });
});

describe('privately', () => {
  it.each([
    [undefined, 'private'],
    ['no-store', 'no-store'],
    ['private, max-age=1', 'private, max-age=1'],
    ['max-age=1', 'private, max-age=1'],
  ])('makes %j %j', (given, made) => {
    expect(privately(given)).toBe(made);
  });
});

describe('switchingHeaders', () => {
  it('keep what makes the connection a WebSocket', () => {
    const upstream = answerOf('Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', 'x');
    const shaken = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': 'x' };
    expect(switchingHeaders(upstream, marks)).toEqual({ ...shaken, 'x-banyan-side': 'candidate' });
    const chosen = { side: 'control', why: 'pinned', setCookies: ['banyan_key=k'] } as const;
    expect(switchingHeaders(upstream, chosen)).toEqual({
      ...shaken,
      ...{ 'x-banyan-side': 'control', 'x-banyan-why': 'pinned', 'set-cookie': ['banyan_key=k'] },
    });
  });
});
