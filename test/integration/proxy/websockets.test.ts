import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { ENGINES, type ProxyWorld, rawExchange, startProxyWorld } from '../../support/proxy-world.ts';

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
    // Accepts, and sends back whatever comes.
    world.control.server.on('upgrade', (req, socket: Duplex) => {
      upgrades.push({ url: req.url, headers: req.headers });
      const accept = createHash('sha1')
        .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await world.close();
  });

  const dial = (path: string, more = ''): { socket: Socket; got: () => string } => {
    const { hostname, port } = new URL(world.proxy.address);
    const socket = connect(Number(port), hostname);
    clients.push(socket);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\n${HANDSHAKE}\r\n${more}`);
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

  it('goes to the control on a route of the candidate as well', async () => {
    const { got } = dial('/profiles/1');
    await eventually(() => expect(got()).toContain('101 Switching'));
    expect(upgrades.map(({ url }) => url)).toEqual(['/profiles/1']);
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

  it('that the control declines is declined', async () => {
    world.control.server.removeAllListeners('upgrade');
    world.control.answer = (_req, res) => void res.writeHead(403).end('no sockets here');
    const { got } = dial('/chat');
    await eventually(() => expect(got()).toMatch(/^HTTP\/1\.1 403 .*no sockets here/s));
    expect(got()).toContain('x-banyan-side: control');
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
