import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import {
  ENGINES,
  type ProxyWorld,
  rawExchange,
  startProxyWorld,
  type Upstream,
} from '../../support/proxy-world.ts';

const HANDSHAKE =
  'Host: shop.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-For: 6.6.6.6\r\nX-Hop: 1\r\n';

describe.each(ENGINES)('a WebSocket, carried by %s', (engine) => {
  let world: ProxyWorld;
  const upgrades: { url: string | undefined; headers: object }[] = [];
  const clients: Socket[] = [];
  beforeEach(async () => {
    upgrades.length = 0;
    world = await startProxyWorld({ engine, config: { drainMs: 100 } });
    accept(world.control);
  });

  /** Accepts, and sends back whatever comes. */
  const accept = (upstream: Upstream) =>
    upstream.server.on('upgrade', (req, socket: Duplex) => {
      upgrades.push({ url: req.url, headers: req.headers });
      const key = createHash('sha1')
        .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await world.close();
  });

  const dial = (path: string, more = '', headers = ''): { socket: Socket; got: () => string } => {
    const { hostname, port } = new URL(world.proxy.address);
    const socket = connect(Number(port), hostname);
    clients.push(socket);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\n${HANDSHAKE}${headers}\r\n${more}`);
    return { socket, got: () => Buffer.concat(chunks).toString('latin1') };
  };

  it('goes to the control, even as the first thing that ever comes, with what followed its handshake', async () => {
    const { socket, got } = dial('/chat?room=1', 'early');
    await eventually(() => expect(got()).toMatch(/early$/));
    expect(got()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(got()).toContain('sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(got()).toContain('x-banyan-side: control');
    socket.write('later');
    await eventually(() => expect(got()).toMatch(/earlylater$/));
  });

  describe('on a route of the candidate', () => {
    const USER = 'X-User-Id: u1\r\n';

    it('goes to the side that its user is on, under the path that the candidate has', async () => {
      accept(world.candidate);
      const { socket, got } = dial('/profiles/1?a=b', 'early', USER);
      await eventually(() => expect(got()).toMatch(/early$/));
      expect(got()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
      expect(got()).toContain('x-banyan-side: candidate');
      expect(got()).toMatch(/^set-cookie: banyan_key=u1; /m);
      expect(upgrades.map(({ url }) => url)).toEqual(['/v1/p/1?a=b']);
      // An open one stays where it is when the dial is turned.
      await world.dial('profiles', 0);
      await eventually(() => expect(world.proxy.canary.weights.percentOf('profiles')).toBe(0));
      socket.write('later');
      await eventually(() => expect(got()).toMatch(/earlylater$/));
      const { got: gotNext } = dial('/profiles/1', '', USER);
      await eventually(() => expect(gotNext()).toContain('x-banyan-side: control'));
    });

    it('goes to the control without a key, and brings one home', async () => {
      accept(world.candidate);
      const { got } = dial('/profiles/1');
      await eventually(() => expect(got()).toContain('101 Switching'));
      expect(got()).toContain('x-banyan-side: control');
      expect(got()).toMatch(/^set-cookie: banyan_key=/m);
    });

    it.each([
      ['cannot be reached', () => world.candidate.close()],
      ['breaks off', () => world.candidate.server.on('upgrade', (_req, socket: Duplex) => socket.destroy())],
      [
        'does not answer',
        () => {
          world.candidate.server.on('upgrade', (_req, socket: Duplex) => {
            socket.on('end', () => socket.destroy()).resume();
          });
        },
      ],
      [
        'answers 503',
        () => {
          world.candidate.answer = (_req, res) => void res.writeHead(503).end('ill');
        },
      ],
    ])('goes to the control when the candidate %s', async (_, ill) => {
      await ill();
      const { got } = dial('/profiles/1', 'early', USER);
      await eventually(() => expect(got()).toMatch(/early$/));
      expect(got()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n.*x-banyan-side: control/s);
      expect(got()).not.toContain('HTTP/1.1 503');
      await eventually(() =>
        expect(world.logged).toContainEqual(expect.objectContaining({ msg: 'upgrade', why: 'rescue' })),
      );
    });

    it('goes to the control when the candidate takes none, which is no failure of its', async () => {
      const { got } = dial('/profiles/1', '', USER);
      await eventually(() => expect(got()).toContain('x-banyan-side: control'));
      expect(got()).toMatch(/^HTTP\/1\.1 101 /);
      await eventually(async () =>
        expect(await world.proxy.canary.metrics.registry.metrics()).toContain(
          'banyan_proxy_upgrades_total{route="profiles",side="control",why="declined"} 1',
        ),
      );
      expect(world.proxy.canary.rescuePins.remembered('profiles')).toBe(0);
    });

    it('ends on both sides when one is gone', async () => {
      accept(world.candidate);
      const { socket, got } = dial('/profiles/1', '', USER);
      await eventually(() => expect(got()).toContain('x-banyan-side: candidate'));
      const closed = once(socket, 'close');
      await world.proxy.close();
      await closed;
    });
  });

  it('stays with the control where the route says so', async () => {
    await world.close();
    world = await startProxyWorld({
      engine,
      config: { drainMs: 100 },
      routes: ({ profiles }) => ({
        profiles: { path: '', candidate: { url: '' }, ...profiles, upgrade: false },
      }),
    });
    for (const upstream of [world.control, world.candidate]) accept(upstream);
    const { got } = dial('/profiles/1', '', 'X-User-Id: u1\r\n');
    await eventually(() => expect(got()).toContain('x-banyan-side: control'));
    await eventually(() =>
      expect(world.logged).toContainEqual(expect.objectContaining({ why: 'no-upgrade' })),
    );
  });

  it("has its headers treated as any request's", async () => {
    const { got } = dial('/chat');
    await eventually(() => expect(got()).toContain('101 Switching'));
    expect(upgrades[0]?.headers).toMatchObject({
      host: new URL(world.control.url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
      connection: 'Upgrade',
      upgrade: 'websocket',
    });
  });

  it('is refused on a path that is not canonical', async () => {
    const { got } = dial('/x/../chat');
    await eventually(() => expect(got()).toMatch(/^HTTP\/1\.1 400 .*"code":"bad-path"/s));
    expect(upgrades).toEqual([]);
  });

  it.each(['/a//b', '/chat', '/profiles/1'])(
    'whose client resets its connection at once, on %s, ends nothing else',
    async (path) => {
      for (let at = 0; at < 40; at++) {
        const { socket } = dial(path, '', 'X-User-Id: u1\r\n');
        await once(socket, 'connect');
        if (at % 2 === 0) await new Promise(setImmediate);
        socket.resetAndDestroy();
      }
      const answer = await rawExchange(
        world.proxy.address,
        'GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  it('ends when the answer that declines it falls silent', async () => {
    const patient = await startProxyWorld({ engine, config: { idleTimeoutMs: 100 } });
    patient.control.answer = (_req, res) => void res.writeHead(403, { 'content-length': 100 }).write('no so');
    const { hostname, port } = new URL(patient.proxy.address);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /chat HTTP/1.1\r\n${HANDSHAKE}\r\n`);
    await once(socket.resume(), 'close');
    await patient.close();
  });

  it('ends when one side has ended and the other does not', async () => {
    const patient = await startProxyWorld({ engine, config: { idleTimeoutMs: 100 } });
    const halves: Duplex[] = [];
    patient.control.server.on('upgrade', (_req, socket: Duplex) => {
      halves.push(socket);
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.resume();
    });
    const { hostname, port } = new URL(patient.proxy.address);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.write(`GET /chat HTTP/1.1\r\n${HANDSHAKE}\r\n`);
    await once(socket, 'data');
    socket.end();
    await once(socket.resume(), 'close');
    for (const half of halves) half.destroy();
    await patient.close();
  });

  it('that the control declines is declined', async () => {
    world.control.server.removeAllListeners('upgrade');
    world.control.answer = (_req, res) => void res.writeHead(403).end('no sockets here');
    const { got } = dial('/chat');
    await eventually(() => expect(got()).toMatch(/^HTTP\/1\.1 403 .*no sockets here/s));
    expect(got()).toContain('x-banyan-side: control');
  });

  it('whose declining answer breaks off ends', async () => {
    world.control.server.removeAllListeners('upgrade');
    world.control.answer = (_req, res) => {
      res.writeHead(403, { 'content-length': 100 }).write('no so', () => res.destroy());
    };
    const { socket, got } = dial('/chat');
    await once(socket, 'close');
    expect(got()).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('is answered 502 while the control is down', async () => {
    await world.control.close();
    const { socket, got } = dial('/chat');
    await once(socket, 'close');
    expect(got()).toMatch(/^HTTP\/1\.1 502 .*"code":"bad-gateway"/s);
  });

  it('ends with the proxy', async () => {
    const { socket, got } = dial('/chat');
    await eventually(() => expect(got()).toContain('101 Switching'));
    const closed = once(socket, 'close');
    await world.proxy.close();
    await closed;
  });

  it('leaves other upgrades alone: they go on in HTTP/1.1', async () => {
    const answer = await rawExchange(
      world.proxy.address,
      'GET /elsewhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(world.control.seen[0]?.headers).not.toHaveProperty('upgrade');
    expect(world.control.seen[0]?.headers).not.toHaveProperty('http2-settings');
  });
});
