import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { ENGINES, type ProxyWorld, rawExchange, send, startProxyWorld } from '../../support/proxy-world.ts';

const MEBIBYTE = 1_048_576;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Bytes in buffers that something still refers to. */
const heldBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
};

describe.each(ENGINES)('bodies on their way, carried by %s', (engine) => {
  let world: ProxyWorld;
  beforeEach(async () => {
    world = await startProxyWorld({ engine, config: { idleTimeoutMs: 400 } });
  });
  afterEach(() => world.close());

  const open = (options: { method?: string; path: string; headers?: object }): ClientRequest => {
    const { hostname, port } = new URL(world.proxy.address);
    return request({ hostname, port, ...options, headers: { 'x-user-id': 'u1', ...options.headers } });
  };
  const responseOf = async (sent: ClientRequest) => ((await once(sent, 'response')) as [IncomingMessage])[0];

  it('of 20 MB stream through in bounded memory', async () => {
    // Without the short limit of silence: looking at the memory may take a while.
    world = await restarted({ control: { url: world.control.url } });
    let bytes = 0;
    world.control.answer = (req, res) => {
      req.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      req.on('end', () => res.end());
    };
    const chunk = Buffer.alloc(64 * 1_024);
    const sent = open({ method: 'POST', path: '/upload' });
    const before = heldBytes();
    let peak = before;
    for (let at = 0; at < 320; at++) {
      if (!sent.write(chunk)) await once(sent, 'drain');
      if (at % 32 === 0) peak = Math.max(peak, heldBytes());
    }
    sent.end();
    expect((await responseOf(sent)).statusCode).toBe(200);
    expect(bytes).toBe(20 * MEBIBYTE);
    // Freed buffers go in the background; what the proxy kept would be all 20.
    expect(peak - before).toBeLessThan(14 * MEBIBYTE);
  });

  it('of 50 MB arrive as they were, both ways, and stay nowhere', async () => {
    // As above: hashing may take a while.
    world = await restarted({ control: { url: world.control.url } });
    const piece = randomBytes(MEBIBYTE);
    const pieces = () => Readable.from(Array.from({ length: 50 }, () => piece));
    const digestOf = async (stream: AsyncIterable<Buffer>): Promise<string> => {
      const hash = createHash('sha256');
      for await (const chunk of stream) hash.update(chunk);
      return hash.digest('hex');
    };
    const expected = await digestOf(pieces());
    world.control.answer = (req, res) => {
      if (req.method === 'GET') void pipeline(pieces(), res);
      else void digestOf(req).then((digest) => res.end(digest));
    };
    const before = heldBytes();
    const sent = open({ method: 'POST', path: '/upload' });
    const answered = responseOf(sent);
    await pipeline(pieces(), sent);
    expect(await text(await answered)).toBe(expected);
    expect(await digestOf(await responseOf(open({ path: '/download' }).end()))).toBe(expected);
    await eventually(() => expect(heldBytes() - before).toBeLessThan(14 * MEBIBYTE));
  });

  it('wait for a slow upstream instead of piling up here', async () => {
    let read: (() => void) | undefined;
    world.control.answer = (req, res) => {
      read = () => {
        req.resume();
        req.on('end', () => res.end('read'));
      };
    };
    const sent = open({
      method: 'POST',
      path: '/upload',
      headers: { 'content-length': String(40 * MEBIBYTE) },
    });
    let written = 0;
    const chunk = Buffer.alloc(64 * 1_024);
    const write = () => {
      while (written < 40 * MEBIBYTE) {
        written += chunk.length;
        if (!sent.write(chunk)) return;
      }
      sent.end();
    };
    sent.on('drain', write);
    write();
    await eventually(() => expect(read).toBeDefined());
    let before = -1;
    await eventually(async () => {
      before = written;
      await delay(60);
      expect(written).toBe(before);
    });
    // What kernel and streams hold, and no more.
    expect(written).toBeLessThan(20 * MEBIBYTE);
    read?.();
    expect(await text(await responseOf(sent))).toBe('read');
  });

  it('that take longer than the deadline go through as long as they move', async () => {
    world = await restarted({ control: { url: world.control.url, timeoutMs: 150 } });
    const sent = open({ method: 'POST', path: '/upload' });
    for (let at = 0; at < 10; at++) {
      sent.write('x');
      await delay(50);
    }
    sent.end();
    const answer = await responseOf(sent);
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(await text(answer))).toMatchObject({ body: 'xxxxxxxxxx' });
  });

  it('that stop moving end at the deadline', async () => {
    world = await restarted({ control: { url: world.control.url, timeoutMs: 150 } });
    const sent = open({ method: 'POST', path: '/upload' });
    sent.write('x');
    const answer = await responseOf(sent);
    expect(answer.statusCode).toBe(504);
    expect(answer.headers.connection).toBe('close');
    expect(JSON.parse(await text(answer))).toMatchObject({ error: { code: 'gateway-timeout' } });
    sent.destroy();
  });

  it('that are answered before they have ended leave the connection in order', async () => {
    world.control.answer = (_req, res) => void res.writeHead(413).end('too much');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = 'x'.repeat(8 * MEBIBYTE);
    for (let at = 0; at < 3; at++) {
      const answer = await send(world.proxy.address, { method: 'POST', path: '/upload', body, agent });
      expect(answer).toMatchObject({ status: 413, body: 'too much' });
    }
    agent.destroy();
  });

  it('arrive as they are sent: events are not held back', async () => {
    let more: ((event: string) => void) | undefined;
    world.candidate.answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      more = (event) => res.write(event);
      res.write('data: 1\n\n');
    };
    const answer = await responseOf(open({ path: '/profiles/1' }).end());
    answer.setEncoding('utf8');
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      expect((await once(answer, 'data'))[0]).toBe(event);
      // The next is sent when this one has arrived, and later than the candidate's deadline for its head.
      await delay(200);
      more?.(`data: ${Number(event.slice(6)) + 1}\n\n`);
    }
    answer.destroy();
  });

  it('that fall silent are cut after the longest silence, so that nobody waits for ever', async () => {
    world.candidate.answer = (_req, res) => void res.writeHead(200).write('and then');
    const answer = await responseOf(open({ path: '/profiles/1' }).end());
    await expect(text(answer)).rejects.toThrow('aborted');
  });

  it('have their trailers where they come in chunks', async () => {
    world.candidate.answer = (_req, res) => {
      res.writeHead(200, { trailer: 'x-checksum' });
      res.write('body');
      res.addTrailers({ 'x-checksum': '1', 'x-banyan-side': 'liar' });
      res.end();
    };
    const answer = await responseOf(open({ path: '/profiles/1' }).end());
    expect(await text(answer)).toBe('body');
    expect(answer.trailers).toEqual({ 'x-checksum': '1' });
  });

  it('stay compressed', async () => {
    const packed = gzipSync('hello');
    world.candidate.answer = (_req, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip', vary: 'accept-encoding' }).end(packed);
    };
    const answer = await responseOf(
      open({ path: '/profiles/1', headers: { 'accept-encoding': 'gzip' } }).end(),
    );
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(packed)).toBe(true);
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  });

  it.each([
    ['HEAD', 200, { 'content-length': '5' }],
    ['GET', 204, {}],
    ['GET', 304, { etag: '"1"' }],
  ])('are missing where they must be: %s %d', async (method, status, headers) => {
    world.candidate.answer = (_req, res) => void res.writeHead(status, headers).end();
    const answer = await rawExchange(
      world.proxy.address,
      `${method} /profiles/1 HTTP/1.1\r\nHost: a\r\nX-User-Id: u1\r\n\r\n` +
        `${method} /profiles/1 HTTP/1.1\r\nHost: a\r\nX-User-Id: u1\r\nConnection: close\r\n\r\n`,
    );
    const answers = answer.split('\r\n\r\n').filter((part) => part !== '');
    expect(answers).toHaveLength(2);
    for (const head of answers) {
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(head).not.toMatch(/transfer-encoding/i);
      for (const [name, value] of Object.entries(headers))
        expect(head.toLowerCase()).toContain(`${name}: ${value}`);
    }
  });

  it('speak HTTP/1.0 to whoever does', async () => {
    const answer = await rawExchange(world.proxy.address, 'GET /elsewhere HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer).toContain('"from":"control"');
  });

  it.each(['/profiles/1', '/elsewhere'])(
    'are given up upstream when the client leaves before the answer: %s',
    async (path) => {
      const closed: string[] = [];
      for (const upstream of [world.candidate, world.control]) {
        upstream.answer = (_req, res) => void res.on('close', () => closed.push(upstream.url));
      }
      const sent = open({ path }).end();
      sent.on('error', () => undefined);
      const upstream = path === '/elsewhere' ? world.control : world.candidate;
      await once(upstream.server, 'request');
      sent.destroy();
      await eventually(() => expect(closed).toEqual([upstream.url]));
      await eventually(() =>
        expect(world.logged.at(-1)).toMatchObject({ outcome: 'aborted', rescued: false }),
      );
    },
  );

  it('are given up upstream when the client leaves within the answer', async () => {
    const closed: boolean[] = [];
    world.candidate.answer = (_req, res) => {
      res.on('close', () => closed.push(res.writableFinished));
      res.write('the first of many');
    };
    const answer = await responseOf(open({ path: '/profiles/1' }).end());
    answer.destroy();
    await eventually(() => expect(closed).toEqual([false]));
  });

  it('are given up when the client leaves while its own is read', async () => {
    const sent = open({ method: 'POST', path: '/search/users', headers: { 'content-length': '10' } });
    sent.on('error', () => undefined);
    sent.write('half');
    await once(sent, 'socket');
    await delay(50);
    sent.destroy();
    await eventually(() => expect(world.logged.at(-1)).toMatchObject({ outcome: 'aborted' }));
    expect(world.candidate.seen).toEqual([]);
  });

  it('that stop while they are read for a rescue end with the longest silence', async () => {
    const sent = open({ method: 'POST', path: '/search/users', headers: { 'content-length': '10' } });
    sent.write('half');
    await expect(responseOf(sent)).rejects.toThrow('socket hang up');
  });

  /** The same control behind another proxy. */
  const restarted = async (config: object): Promise<ProxyWorld> => {
    const { control, candidate, proxy } = world;
    await Promise.all([proxy.close(), candidate.close()]);
    const again = await startProxyWorld({ engine, config });
    const close = async () => {
      await control.close();
      await again.close();
    };
    return { ...again, control, close };
  };
});
