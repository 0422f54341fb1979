import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnswerTransform } from '../../../proxy/index.ts';
import { eventually } from '../../support/eventually.ts';
import { ENGINES, fromOf, type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

const user = { 'x-user-id': 'u1' };

/** The candidate calls a user's name `display_name`, and says what is missing by 410. */
const answer: AnswerTransform = ({ status, headers, body }) => {
  if (body.throw) throw new Error('an unknown contract');
  if (body.nothing) return { body: undefined };
  return {
    status: status === 410 ? 404 : status,
    headers: { ...headers, 'x-contract': 'old' },
    body: { from: 'candidate', name: body.display_name },
  };
};

const json =
  (body: unknown, headers: { [name: string]: string | string[] } = {}, status = 200): RequestListener =>
  (_req, res) =>
    void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

describe.each(ENGINES)('an answer in another contract, carried by %s', (engine) => {
  let world: ProxyWorld;
  beforeEach(async () => {
    world = await startProxyWorld({
      engine,
      routes: (routes) =>
        Object.fromEntries(
          Object.entries(routes).map(([name, route]) => {
            const transform = { answer, maxBytes: 1_000 };
            return [name, { ...route, candidate: { ...route.candidate, transform } }];
          }),
        ),
    });
  });
  afterEach(() => world.close());

  const get = (method = 'GET') => send(world.proxy.address, { method, path: '/profiles/7', headers: user });
  const bodyOf = (text: string): unknown => JSON.parse(text);

  it('is made the one that clients know, with its length, its other headers and its cookies', async () => {
    world.candidate.answer = json(
      { display_name: 'Änn' },
      { etag: '"v1"', 'set-cookie': ['a=1', 'b=2'], 'content-digest': 'sha-256=:x:', 'x-other': 'stays' },
    );
    const got = await get();
    expect(bodyOf(got.body)).toEqual({ from: 'candidate', name: 'Änn' });
    expect(got.headers).toMatchObject({
      'content-length': String(Buffer.byteLength(got.body)),
      etag: 'W/"v1"',
      'x-contract': 'old',
      'x-other': 'stays',
      'x-banyan-side': 'candidate',
      'set-cookie': ['a=1', 'b=2', expect.stringMatching(/^banyan_key=/)],
    });
    expect(got.headers).not.toHaveProperty('content-digest');
    expect(got.headers).not.toHaveProperty('transfer-encoding');
  });

  it('may have another status', async () => {
    world.candidate.answer = json({ display_name: 'gone' }, {}, 410);
    expect(await get()).toMatchObject({ status: 404, headers: { 'x-banyan-side': 'candidate' } });
  });

  it('is decoded first', async () => {
    const bytes = gzipSync(JSON.stringify({ display_name: 'Ann' }));
    world.candidate.answer = (_req, res) =>
      void res
        .writeHead(200, { 'content-type': 'application/problem+json', 'content-encoding': 'gzip' })
        .end(bytes);
    const got = await get();
    expect(bodyOf(got.body)).toEqual({ from: 'candidate', name: 'Ann' });
    expect(got.headers).not.toHaveProperty('content-encoding');
  });

  it('passes as it is when it is no JSON, and while it comes', async () => {
    world.candidate.answer = (_req, res) =>
      void res.writeHead(200, { 'content-type': 'text/plain', etag: '"v1"' }).end('x'.repeat(5_000));
    const got = await get();
    expect(got).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'candidate', etag: '"v1"' } });
    expect(got.body).toHaveLength(5_000);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 304],
    ['GET', 204],
  ])('keeps nothing of the bytes that are not there: %s %d', async (method, status) => {
    world.candidate.answer = (_req, res) =>
      void res
        .writeHead(status, {
          ...{ 'content-type': 'application/json', etag: '"v1"' },
          ...(method === 'HEAD' ? { 'content-length': '17' } : {}),
        })
        .end();
    const got = await get(method);
    expect(got).toMatchObject({ status, headers: { etag: 'W/"v1"', 'x-banyan-side': 'candidate' } });
    expect(got.headers['content-length']).not.toBe('17');
  });

  it.each([
    [
      'is no JSON',
      (_req, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('<html>'),
    ],
    ['is empty', (_req, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end()],
    ['is not understood', json({ throw: true })],
    ['comes to nothing', json({ nothing: true })],
    ['is said to be too large', json({ display_name: 'x'.repeat(2_000) })],
    [
      'turns out to be too large',
      (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const more = setInterval(() => res.write('x'.repeat(400)), 5);
        res.on('close', () => clearInterval(more));
      },
    ],
    [
      'is too large once decoded',
      (_req, res) =>
        void res
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync(JSON.stringify({ display_name: 'x'.repeat(100_000) }))),
    ],
    ['is in an unknown encoding', json({ display_name: 'x' }, { 'content-encoding': 'rot13' })],
    [
      'never ends',
      (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' }).write('{');
      },
    ],
    [
      'breaks off',
      (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{');
        setImmediate(() => res.destroy());
      },
    ],
    ['is a part', json({ display_name: 'x' }, { 'content-range': 'bytes 0-1/2' }, 206)],
  ] as [string, RequestListener][])('is answered by the control when it %s', async (_, listener) => {
    world.candidate.answer = listener;
    const rescued = await get();
    expect(rescued).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'control' } });
    expect(fromOf(rescued.body)).toBe('control');
    await eventually(() =>
      expect(world.logged.at(-1)).toMatchObject({ why: 'rescue', rescued: true, status: 200 }),
    );
  });

  it('that answers a write and cannot be used is an error, and the write is sent once', async () => {
    world.candidate.answer = json({ throw: true });
    const put = { method: 'PUT', path: '/profiles/7', headers: user, body: '{}' };
    const got = await send(world.proxy.address, put);
    expect(got).toMatchObject({ status: 502, headers: { 'x-banyan-side': 'candidate' } });
    expect(got.body).toContain('The candidate gave an answer that cannot be used.');
    expect(world.control.seen).toEqual([]);
  });

  it('still lets the connection be used again', async () => {
    const sockets = new Set<unknown>();
    world.candidate.answer = (req, res) => {
      sockets.add(req.socket);
      return json({ display_name: 'Ann' })(req, res);
    };
    for (let at = 0; at < 5; at++) expect((await get()).status).toBe(200);
    expect(sockets.size).toBe(1);
  });
});

describe('the shadow of a candidate in another contract', () => {
  it('compares what clients would have got', async () => {
    const world = await startProxyWorld({
      weightPercent: 0,
      routes: ({ profiles = { path: '', candidate: { url: '' } } }) => ({
        profiles: {
          ...profiles,
          candidate: { ...profiles.candidate, transform: { answer } },
          shadow: { percent: 100, noisePercent: 0, ignore: ['body.from'] },
        },
      }),
    });
    world.control.answer = json({ from: 'control', name: 'Ann' });
    world.candidate.answer = json({ display_name: 'Ann' });
    const ask = () => send(world.proxy.address, { path: '/profiles/7', headers: user });
    await ask();
    const report = () => world.proxy.canary.mirror.report('profiles');
    await eventually(() => expect(report()).toMatchObject({ compared: 1, fields: [] }));
    world.candidate.answer = json({ throw: true });
    await ask();
    await eventually(() => expect(report()).toMatchObject({ compared: 2, fields: [{ field: 'status' }] }));
    await world.close();
  });
});
