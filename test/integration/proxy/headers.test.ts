import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ENGINES, type ProxyWorld, rawExchange, send, startProxyWorld } from '../../support/proxy-world.ts';

describe.each(ENGINES)('headers on their way, carried by %s', (engine) => {
  let world: ProxyWorld;
  const plain: { answer?: ProxyWorld['candidate']['answer'] } = {};
  beforeAll(async () => {
    world = await startProxyWorld({ engine });
    plain.answer = world.candidate.answer;
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.control.seen.length = 0;
    world.candidate.seen.length = 0;
    if (plain.answer) world.candidate.answer = plain.answer;
  });

  const raw = (headers: string, path = '/profiles/1') =>
    rawExchange(
      world.proxy.address,
      `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nX-User-Id: u1\r\n${headers}\r\n`,
    );
  const get = (headers: { [name: string]: string } = { 'x-user-id': 'u1' }) =>
    send(world.proxy.address, { path: '/profiles/1', headers });

  it.each([
    ['the candidate', '/profiles/1', () => world.candidate],
    ['the control', '/elsewhere', () => world.control],
  ] as const)(
    'lose what is of one connection, and what only we may say, before %s',
    async (_, path, upstream) => {
      await raw(
        'Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: x\r\n' +
          'Proxy-Authorization: Basic x\r\nProxy-Connection: close\r\nExpect: 100-continue\r\n' +
          'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\n' +
          'Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Banyan-Side: candidate\r\nX-End: 2\r\n' +
          'Cookie: a=1; banyan_key=u1; b=2\r\n',
        path,
      );
      const [request] = upstream().seen;
      expect(request?.headers).toEqual({
        host: new URL(upstream().url).host,
        connection: 'keep-alive',
        cookie: 'a=1; b=2',
        forwarded: 'for=127.0.0.1;host="shop.example";proto=http',
        'x-end': '2',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-host': 'shop.example',
        'x-forwarded-proto': 'http',
        'x-real-ip': '127.0.0.1',
        'x-user-id': 'u1',
      });
    },
  );

  it.each([
    ['the candidate', '/profiles/1', () => world.candidate],
    ['the control', '/elsewhere', () => world.control],
  ] as const)('keep the trace that they belong to, to %s', async (_, path, upstream) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await raw(`Connection: close\r\nTraceparent: ${traceparent}\r\nTracestate: vendor=1\r\n`, path);
    expect(upstream().seen).toMatchObject([{ headers: { traceparent, tracestate: 'vendor=1' } }]);
  });

  it('lose the same on the way back, and gain the side', async () => {
    world.candidate.answer = (_req, res) => {
      res.writeHead(200, [
        ...[
          'Connection',
          'close, X-Hop',
          'X-Hop',
          '1',
          'Proxy-Authenticate',
          'Basic',
          'X-Banyan-Side',
          'liar',
        ],
        ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-End', '2', 'Content-Length', '2'],
      ]);
      res.end('ok');
    };
    const answer = await get({ cookie: 'banyan_key=u1' });
    expect(answer.headers).toEqual({
      connection: 'keep-alive',
      'keep-alive': 'timeout=75',
      'content-length': '2',
      date: expect.any(String),
      'set-cookie': ['a=1', 'b=2'],
      'x-end': '2',
      'x-banyan-side': 'candidate',
    });
  });

  it('lead back to us when the control redirects to the Host that it was sent', async () => {
    const plainControl = world.control.answer;
    world.control.answer = (req, res) => {
      res.writeHead(302, { location: `http://${req.headers.host}/login?next=1` }).end();
    };
    const answer = await send(world.proxy.address, { path: '/elsewhere' });
    expect(answer).toMatchObject({ status: 302, headers: { location: '/login?next=1' } });
    world.control.answer = plainControl;
  });

  it('that Node would not write are a failure of the candidate, and no crash', async () => {
    world.candidate.answer = (req) => {
      req.socket.end(
        'HTTP/1.1 200 OK\r\nX-A: \x01\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
        'latin1',
      );
    };
    expect(await get()).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'control' } });
  });

  it('that the candidate sends in another alphabet arrive as they were', async () => {
    world.candidate.answer = (req) => {
      req.socket.end(
        'HTTP/1.1 200 f\xfcr dich\r\nX-A: \xe9\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
        'latin1',
      );
    };
    const answer = await rawExchange(
      world.proxy.address,
      'GET /profiles/1 HTTP/1.1\r\nHost: a\r\nCookie: banyan_key=u1\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toContain('HTTP/1.1 200 f');
    expect(answer).toMatch(/^X-A: .+$/m);
  });

  it('wait for 100-continue where the client does, and the upstream never hears of it', async () => {
    const answer = await rawExchange(
      world.proxy.address,
      'POST /elsewhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(world.control.seen).toMatchObject([{ body: 'hi', headers: { 'x-forwarded-for': '127.0.0.1' } }]);
    expect(world.control.seen[0]?.headers).not.toHaveProperty('expect');
  });

  it('expect nothing else', async () => {
    expect(await raw('Expect: a-miracle\r\nConnection: close\r\n')).toMatch(/^HTTP\/1\.1 417/);
  });

  it("continue a trusted load balancer's chain", async () => {
    const behind = await startProxyWorld({ engine, config: { trustedProxies: ['127.0.0.0/8'] } });
    await send(behind.proxy.address, {
      path: '/elsewhere',
      headers: { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' },
    });
    expect(behind.control.seen[0]?.headers).toMatchObject({
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-real-ip': '1.2.3.4',
    });
    await behind.close();
  });

  it('are joined to base paths of both sides, and to nothing else', async () => {
    const mounted = await startProxyWorld({
      engine,
      config: { control: { url: `${world.control.url}/legacy/` } },
      routes: ({ profiles }) => ({
        profiles: {
          path: '/profiles/:id',
          key: profiles?.key ?? [],
          candidate: { url: `${world.candidate.url}/stage/` },
        },
      }),
    });
    await send(mounted.proxy.address, { path: '/?a=/b' });
    await send(mounted.proxy.address, { path: '/profiles/a%20b?x=%2F..', headers: { 'x-user-id': 'u1' } });
    expect(world.control.seen.map(({ url }) => url)).toEqual(['/legacy/?a=/b']);
    expect(world.candidate.seen.map(({ url }) => url)).toEqual(['/stage/profiles/a%20b?x=%2F..']);
    await mounted.close();
  });
});

describe.each(ENGINES)('the sticky cookie, carried by %s', (engine) => {
  let world: ProxyWorld;
  beforeAll(async () => {
    world = await startProxyWorld({ engine, config: { cookie: { secure: false } } });
  });
  afterAll(() => world.close());
  const get = (headers: { [name: string]: string }) =>
    send(world.proxy.address, { path: '/profiles/1', headers });

  it('is issued with the first keyed answer, carries that key, and is not issued again', async () => {
    const answer = await get({ 'x-user-id': 'u1' });
    expect(answer.headers['set-cookie']).toEqual([
      'banyan_key=u1; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect(answer.headers['cache-control']).toBe('private');
    expect((await get({ cookie: 'banyan_key=u1' })).headers).not.toHaveProperty('set-cookie');
  });

  it('is issued by the safe side to whoever has no key, at any weight', async () => {
    const answer = await get({});
    expect(answer.headers['x-banyan-side']).toBe('control');
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^banyan_key=[\w-]{22};/);
    const next = await get({ cookie: cookie.split(';')[0] ?? '' });
    expect(next.headers['x-banyan-side']).toBe('candidate');
    expect(next.headers).not.toHaveProperty('set-cookie');
  });

  it('is issued again in place of one that we cannot have issued', async () => {
    const answer = await get({ cookie: 'banyan_key=<script>', 'x-user-id': 'u1' });
    expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^banyan_key=u1;/)]);
  });

  it('is left out where no route is', async () => {
    const answer = await send(world.proxy.address, { path: '/elsewhere', headers: { 'x-user-id': 'u1' } });
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });
});
