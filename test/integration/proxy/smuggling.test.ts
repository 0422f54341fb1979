import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ENGINES, type ProxyWorld, rawExchange, startProxyWorld } from '../../support/proxy-world.ts';

const CLOSE = 'Connection: close\r\n';

describe.each(ENGINES)('what must not get through, on raw sockets, carried by %s', (engine) => {
  let world: ProxyWorld;
  beforeAll(async () => {
    world = await startProxyWorld({ engine });
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.control.seen.length = 0;
    world.candidate.seen.length = 0;
  });

  const exchange = (head: string, body = '') => rawExchange(world.proxy.address, `${head}\r\n${body}`);
  const upstreamsSaw = () => [...world.control.seen, ...world.candidate.seen];
  const statusesOf = (answer: string) =>
    [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);

  it.each([
    [
      'Content-Length and Transfer-Encoding',
      'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
      '400',
    ],
    [
      'Transfer-Encoding and Content-Length',
      'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
      '0\r\n\r\n',
      '400',
    ],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n', 'abcde', '400'],
    ['a length that is none', 'Content-Length: 4x\r\n', 'abcd', '400'],
    ['a signed length', 'Content-Length: +4\r\n', 'abcd', '400'],
    ['an encoding that is not chunked', 'Transfer-Encoding: identity\r\n', 'abcd', '501'],
    ['a second encoding', 'Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n', '501'],
    ['two encodings', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n', '400'],
    ['a hidden encoding', 'Transfer-Encoding: xchunked\r\n', 'abcd', '501'],
    ['an encoding after a vertical tab', 'Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n', '400'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n', '0\r\n\r\n', '400'],
    ['a folded header', 'X-Folded: a\r\n b\r\n', '', '400'],
    ['a second Host', 'Host: b\r\n', '', '400'],
    ['a header name with a NUL', 'X-\x00: a\r\n', '', '400'],
    ['a header value with a NUL', 'X-A: a\x00b\r\n', '', '400'],
    ['a bare line feed in a value', 'X-A: a\nX-Forwarded-For: 6.6.6.6\r\n', '', '400'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n', 'zz\r\nabc\r\n0\r\n\r\n', '400'],
  ])('refuses %s', async (_, headers, body, status) => {
    const answer = await exchange(`POST /elsewhere HTTP/1.1\r\nHost: a\r\n${CLOSE}${headers}`, body);
    expect(statusesOf(answer)[0]).toBe(status);
    expect(upstreamsSaw().filter((request) => request.headers['x-forwarded-for'] !== '127.0.0.1')).toEqual(
      [],
    );
    expect(upstreamsSaw().filter((request) => request.body !== '')).toEqual([]);
  });

  it.each([
    ['no Host', 'GET / HTTP/1.1\r\n'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a"b\r\n'],
    ['absolute form', 'GET http://evil/profiles/1 HTTP/1.1\r\nHost: a\r\n'],
    ['asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n'],
    ['an empty first segment', 'GET //evil/profiles/1 HTTP/1.1\r\nHost: a\r\n'],
    ['traversal', 'GET /x/../profiles/1 HTTP/1.1\r\nHost: a\r\n'],
    ['encoded traversal', 'GET /x/%2e%2e/profiles/1 HTTP/1.1\r\nHost: a\r\n'],
    ['an encoded slash', 'GET /profiles%2f1 HTTP/1.1\r\nHost: a\r\n'],
    ['a backslash', 'GET /x\\..\\profiles HTTP/1.1\r\nHost: a\r\n'],
    ['an encoded NUL', 'GET /profiles/1%00 HTTP/1.1\r\nHost: a\r\n'],
    ['a fragment', 'GET /profiles/1#x HTTP/1.1\r\nHost: a\r\n'],
    ['raw bytes', 'GET /caf\xe9 HTTP/1.1\r\nHost: a\r\n'],
  ])('refuses %s before routing', async (_, head) => {
    const answer = await exchange(`${head}X-User-Id: u1\r\n`);
    expect(statusesOf(answer)).toEqual(['400']);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(upstreamsSaw()).toEqual([]);
  });

  it('says what is wrong, as every error is said', async () => {
    const answer = await exchange('GET /a//b HTTP/1.1\r\nHost: a\r\n');
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({
      error: {
        code: 'bad-path',
        message: 'The request target is not canonical: its path has empty or dot segments.',
      },
    });
  });

  it('reads nothing that follows a refused request', async () => {
    const answer = await exchange(
      'POST /a//b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n',
      `GET /secret HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`,
    );
    expect(statusesOf(answer)).toEqual(['400']);
    expect(upstreamsSaw()).toEqual([]);
  });

  it.each(['GET', 'DELETE', 'OPTIONS', 'HEAD'])(
    'does not let the body of a chunked %s become a request of its own',
    async (method) => {
      const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
      const body = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
      const head = `${method} /elsewhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${CLOSE}`;
      await exchange(head, body);
      await exchange(`GET /next HTTP/1.1\r\nHost: a\r\n${CLOSE}`);
      expect(upstreamsSaw().map(({ url, body: got }) => [url, got])).toEqual([
        ['/elsewhere', smuggled],
        ['/next', ''],
      ]);
    },
  );

  it('does not let Connection take the length from a body', async () => {
    const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
    const head = `GET /elsewhere HTTP/1.1\r\nHost: a\r\nConnection: close, Content-Length\r\n`;
    await exchange(`${head}Content-Length: ${smuggled.length}\r\n`, smuggled);
    await exchange(`GET /next HTTP/1.1\r\nHost: a\r\n${CLOSE}`);
    expect(upstreamsSaw().map(({ url, body }) => [url, body])).toEqual([
      ['/elsewhere', smuggled],
      ['/next', ''],
    ]);
  });

  it('answers requests that were sent at once in their order', async () => {
    const answer = await exchange(
      'GET /one HTTP/1.1\r\nHost: a\r\n',
      `GET /profiles/2 HTTP/1.1\r\nHost: a\r\nX-User-Id: u1\r\n\r\nGET /three HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`,
    );
    expect([...answer.matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url)).toEqual([
      '/one',
      '/v1/p/2',
      '/three',
    ]);
  });
});
