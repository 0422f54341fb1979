import { once } from 'node:events';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import express, { type Express, type RequestHandler } from 'express';
import { pino } from 'pino';
import { type CanaryMiddleware, canaryMiddleware } from '../../../proxy/index.ts';
import { proxyConfigSchema } from '../../../proxy/routing/proxy-config.ts';
import { weightKey } from '../../../proxy/routing/weight.ts';
import { systemClock } from '../../../services/core/index.ts';
import { MemoryControlStore } from '../../../services/store/memory-control-store.ts';
import { eventually } from '../../support/eventually.ts';
import { send, startUpstream, type Upstream } from '../../support/proxy-world.ts';

const user = { 'x-user-id': 'u1', 'content-type': 'application/json' };

describe('the canary as middleware in the monolith', () => {
  let candidate: Upstream;
  let server: Server;
  let middleware: CanaryMiddleware;
  const seen: IncomingHttpHeaders[] = [];
  afterEach(async () => {
    await candidate.close();
    server.closeAllConnections();
    server.close();
    await middleware.close();
  });

  /** A monolith whose body parser is mounted behind the canary, or ahead of it. */
  const start = async (
    order: 'canary-first' | 'parser-first',
    parser = express.json(),
    options: { weightPercent?: number; asked?: boolean; answer?: RequestHandler } = {},
  ): Promise<string> => {
    candidate = await startUpstream('candidate');
    const store = new MemoryControlStore({ clock: systemClock });
    const route = { candidate: { url: candidate.url, timeoutMs: 5_000 }, key: [{ header: 'x-user-id' }] };
    const shadow = { percent: 100, noisePercent: 0, show: ['**'] };
    const config = proxyConfigSchema.parse({
      control: { url: 'http://not.used' },
      routes: {
        search: { ...route, methods: ['POST'], path: '/search', safe: true, maxBodyBytes: 1_000, shadow },
        writes: { ...route, methods: ['PUT'], path: '/profiles/:id' },
      },
    });
    for (const name of ['search', 'writes'])
      await store.put(
        weightKey(name),
        { weightPercent: options.weightPercent ?? 100, setAtMs: 1, by: '', why: '' },
        0,
      );
    const log = pino({ level: 'silent' });
    const app: Express = express();
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const controlUrl = options.asked ? { controlUrl: address } : {};
    middleware = await canaryMiddleware({
      config,
      controlStore: store,
      clock: systemClock,
      log,
      ...controlUrl,
    });
    app.disable('x-powered-by');
    if (order === 'canary-first') app.use(middleware.handler, parser);
    else app.use(parser, middleware.handler);
    const echo: RequestHandler = (req, res) => {
      seen.push(req.headers);
      res.json({ from: 'monolith', url: req.url, body: req.body });
    };
    app.use(options.answer ?? echo);
    return address;
  };
  const post = (address: string, body: string, headers: { [name: string]: string } = user) =>
    send(address, { method: 'POST', path: '/search?q=1', headers, body });

  it("sends the candidate's share away, and leaves the rest to what comes next", async () => {
    const address = await start('canary-first');
    const answer = await post(address, '{"a":1}');
    expect(answer.headers['x-banyan-side']).toBe('candidate');
    expect(JSON.parse(answer.body)).toEqual({ from: 'candidate', url: '/search?q=1', body: '{"a":1}' });
    const keyless = await post(address, '{"a":1}', { 'content-type': 'application/json' });
    expect(keyless.headers).toMatchObject({
      'x-banyan-side': 'control',
      'cache-control': 'private',
      'set-cookie': [expect.stringMatching(/^banyan_key=/)],
    });
    expect(JSON.parse(keyless.body)).toEqual({ from: 'monolith', url: '/search?q=1', body: { a: 1 } });
  });

  it('rescues in the same process, and the body parser behind it still gets the body', async () => {
    const address = await start('canary-first');
    candidate.answer = (req) => req.socket.resetAndDestroy();
    const answer = await post(address, '{"a":1}');
    expect(answer.headers['x-banyan-side']).toBe('control');
    expect(JSON.parse(answer.body)).toEqual({ from: 'monolith', url: '/search?q=1', body: { a: 1 } });
  });

  it('gives the parser a body that was too large for the candidate', async () => {
    const address = await start('canary-first');
    const text = 'x'.repeat(50_000);
    const answer = await post(address, JSON.stringify({ text }), { ...user, 'transfer-encoding': 'chunked' });
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'monolith', body: { text } });
  });

  it.each([
    ['POST', '/search'],
    ['PUT', '/profiles/7'],
  ])('does not hang behind a body parser: %s gets its JSON again', async (method, path) => {
    const address = await start('parser-first');
    const answer = await send(address, { method, path, headers: user, body: '{"a": "ä"}' });
    expect(answer.headers['x-banyan-side']).toBe('candidate');
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'candidate', body: '{"a":"ä"}' });
  });

  it('gets the bytes that a raw or text parser kept', async () => {
    const address = await start('parser-first', express.text({ type: '*/*' }));
    expect(JSON.parse((await post(address, 'plain')).body)).toMatchObject({
      from: 'candidate',
      body: 'plain',
    });
  });

  it('leaves to the control what a parser ate', async () => {
    const address = await start('parser-first', express.urlencoded());
    const headers = { ...user, 'content-type': 'application/x-www-form-urlencoded' };
    expect(JSON.parse((await post(address, 'a=1', headers)).body)).toMatchObject({
      from: 'monolith',
      body: { a: '1' },
    });
  });

  it('never takes a path that is not canonical to the candidate', async () => {
    const address = await start('canary-first');
    const answer = await send(address, {
      method: 'PUT',
      path: '/profiles/..%2f7',
      headers: user,
      body: '{}',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'monolith', url: '/profiles/..%2f7' });
    expect(candidate.seen).toEqual([]);
  });

  describe('with a shadow', () => {
    const json = '{"a":1}';
    const report = () => middleware.canary.mirror.report('search');

    it('asks the candidate too, once the control has answered, and compares what the client got', async () => {
      const address = await start('canary-first', express.json(), { weightPercent: 0 });
      candidate.answer = (_req, res) =>
        void res
          .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
          .end('{"from":"candidate","url":"/search?q=1","body":{"a":1}}');
      expect(JSON.parse((await post(address, json)).body)).toMatchObject({
        from: 'monolith',
        body: { a: 1 },
      });
      await eventually(() =>
        expect(report()).toMatchObject({
          ...{ compared: 1, mismatched: 1, controlPairs: 0 },
          fields: [{ field: 'body.from', samples: [{ control: 'monolith', candidate: 'candidate' }] }],
        }),
      );
    });

    it('reads what is written in pieces, and encoded', async () => {
      const bytes = gzipSync('{"from":"candidate"}');
      const address = await start('canary-first', express.json(), {
        weightPercent: 0,
        answer: (_req, res) => {
          res.set({ 'content-type': 'application/json', 'content-encoding': 'gzip' });
          res.write(bytes.subarray(0, 10));
          res.write(bytes.subarray(10).toString('latin1'), 'latin1');
          res.end();
        },
      });
      candidate.answer = (_req, res) =>
        void res
          .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
          .end('{"from":"candidate"}');
      const answer = await fetch(`${address}/search`, { method: 'POST', headers: user, body: json });
      expect(await answer.json()).toEqual({ from: 'candidate' });
      await eventually(() => expect(report()).toMatchObject({ compared: 1, mismatched: 0 }));
    });

    it('does not ask a control whose address it was not told', async () => {
      const address = await start('canary-first');
      expect((await post(address, json)).headers['x-banyan-side']).toBe('candidate');
      expect(report()).toMatchObject({ compared: 0 });
      expect(middleware.canary.mirror.totals('search')).toEqual({ compared: 0, mismatched: 0 });
    });

    it('asks the control at its address, and the copy does not come back to the canary', async () => {
      const address = await start('canary-first', express.json(), { asked: true });
      seen.length = 0;
      expect((await post(address, json)).headers['x-banyan-side']).toBe('candidate');
      await eventually(() => expect(report()).toMatchObject({ compared: 1, mismatched: 1 }));
      expect(seen.map((headers) => headers['x-banyan-shadow'])).toEqual(['1']);
      expect(candidate.seen).toHaveLength(1);
    });
  });
});
