import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import express, { type Express } from 'express';
import { pino } from 'pino';
import { type CanaryMiddleware, canaryMiddleware } from '../../../proxy/index.ts';
import { proxyConfigSchema } from '../../../proxy/routing/proxy-config.ts';
import { weightKey } from '../../../proxy/routing/weight.ts';
import { systemClock } from '../../../services/core/index.ts';
import { MemoryControlStore } from '../../../services/store/memory-control-store.ts';
import { send, startUpstream, type Upstream } from '../../support/proxy-world.ts';

const user = { 'x-user-id': 'u1', 'content-type': 'application/json' };

describe('the canary as middleware in the monolith', () => {
  let candidate: Upstream;
  let server: Server;
  let middleware: CanaryMiddleware;
  afterEach(async () => {
    await candidate.close();
    server.closeAllConnections();
    server.close();
    await middleware.close();
  });

  /** A monolith whose body parser is mounted behind the canary, or ahead of it. */
  const start = async (order: 'canary-first' | 'parser-first', parser = express.json()): Promise<string> => {
    candidate = await startUpstream('candidate');
    const store = new MemoryControlStore({ clock: systemClock });
    const route = { candidate: { url: candidate.url, timeoutMs: 300 }, key: [{ header: 'x-user-id' }] };
    const config = proxyConfigSchema.parse({
      control: { url: 'http://not.used' },
      routes: {
        search: { ...route, methods: ['POST'], path: '/search', safe: true, maxBodyBytes: 1_000 },
        writes: { ...route, methods: ['PUT'], path: '/profiles/:id' },
      },
    });
    for (const name of ['search', 'writes'])
      await store.put(weightKey(name), { weightPercent: 100, setAtMs: 1, by: '', why: '' }, 0);
    const log = pino({ level: 'silent' });
    middleware = await canaryMiddleware({ config, controlStore: store, clock: systemClock, log });
    const app: Express = express();
    app.disable('x-powered-by');
    if (order === 'canary-first') app.use(middleware.handler, parser);
    else app.use(parser, middleware.handler);
    app.use((req, res) => {
      res.json({ from: 'monolith', url: req.url, body: req.body });
    });
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
});
