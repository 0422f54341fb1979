import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ShadowReport } from '../../../proxy/index.ts';
import { eventually } from '../../support/eventually.ts';
import { type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

const user = { 'x-user-id': 'u1' };
type Shadow = { percent?: number; [setting: string]: unknown };

const json =
  (value: unknown | (() => unknown), headers: { [name: string]: string } = {}): RequestListener =>
  (req, res) => {
    req.resume();
    const body = JSON.stringify(typeof value === 'function' ? value() : value);
    res.writeHead(200, { 'content-type': 'application/json', ...headers });
    res.end(headers['content-encoding'] === 'gzip' ? gzipSync(body) : body);
  };

describe('the shadow', () => {
  let world: ProxyWorld;
  const start = async (shadow: Shadow = {}, weightPercent = 0) => {
    world = await startProxyWorld({
      weightPercent,
      routes: (routes) =>
        Object.fromEntries(
          Object.entries(routes).map(([name, route]) => [
            name,
            name === 'writes'
              ? route
              : {
                  ...route,
                  // So long that who waits for a candidate that hangs is seen to.
                  candidate: { ...route.candidate, timeoutMs: 60_000 },
                  shadow: { percent: 100, noisePercent: 0, ...shadow },
                },
          ]),
        ),
    });
  };
  afterEach(() => world.close());

  const get = (path = '/profiles/7?full=1', headers: { [name: string]: string } = {}) =>
    send(world.proxy.address, { path, headers: { ...user, ...headers } });
  const report = async (route = 'profiles'): Promise<ShadowReport> => {
    const reports = await (await fetch(`${world.proxy.adminAddress}/shadow`)).json();
    return (reports as { [route: string]: ShadowReport })[route] as ShadowReport;
  };
  const metrics = async () => (await (await fetch(`${world.proxy.adminAddress}/metrics`)).text()).split('\n');
  const copies = (route?: string) =>
    eventually(async () => expect((await report(route)).compared).toBeGreaterThan(0));

  it('asks the candidate what the control has answered, as the candidate would have been asked', async () => {
    await start();
    const answer = await get('/profiles/7?full=1', {
      'x-forwarded-for': '6.6.6.6',
      cookie: 'banyan_key=k; a=1',
    });
    expect(answer.headers['x-banyan-side']).toBe('control');
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'control' });
    await copies();
    expect(world.control.seen).toHaveLength(1);
    expect(world.candidate.seen).toMatchObject([
      {
        method: 'GET',
        url: '/v1/p/7?full=1',
        headers: {
          'x-banyan-shadow': '1',
          'x-user-id': 'u1',
          'x-forwarded-for': '127.0.0.1',
          cookie: 'a=1',
          host: new URL(world.candidate.url).host,
        },
      },
    ]);
  });

  it('asks the control what the candidate has answered', async () => {
    await start({}, 100);
    expect((await get()).headers['x-banyan-side']).toBe('candidate');
    await copies();
    expect(world.control.seen).toMatchObject([{ url: '/profiles/7?full=1' }]);
  });

  it('copies a safe request with its body', async () => {
    await start();
    const search = { method: 'POST', path: '/search/users?query=ann', headers: user, body: '{"deep":true}' };
    const answer = await send(world.proxy.address, search);
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'control', body: '{"deep":true}' });
    await copies('search');
    expect(world.candidate.seen).toMatchObject([
      { url: '/v1/search/users?query=ann', body: '{"deep":true}' },
    ]);
  });

  it('leaves a body that is too large to keep to the control alone', async () => {
    await start();
    const body = 'x'.repeat(2_000);
    const large = {
      method: 'POST',
      path: '/search/users',
      headers: { ...user, 'transfer-encoding': 'chunked' },
      body,
    };
    expect(JSON.parse((await send(world.proxy.address, large)).body)).toMatchObject({
      from: 'control',
      body,
    });
    await get();
    await copies();
    expect(world.candidate.seen).toHaveLength(1);
  });

  it('never copies a write', async () => {
    await start();
    await send(world.proxy.address, { method: 'PUT', path: '/profiles/7', headers: user, body: '{}' });
    await get();
    await copies();
    expect(world.candidate.seen).toMatchObject([{ method: 'GET' }]);
  });

  it('copies no request whose answer depends on what the client had before', async () => {
    await start();
    await get('/profiles/1', { 'if-none-match': '"1"' });
    await get('/profiles/2', { range: 'bytes=0-3' });
    await get('/profiles/3');
    await copies();
    expect(world.candidate.seen).toMatchObject([{ url: '/v1/p/3' }]);
  });

  it('copies nothing at 0 %', async () => {
    await start({ percent: 0 });
    for (let at = 0; at < 20; at++) await get();
    expect(world.candidate.seen).toEqual([]);
    expect(await report()).toMatchObject({ compared: 0, skipped: {} });
  });

  it('counts mismatches by field, and keeps redacted samples', async () => {
    await start({ show: ['body.followers'] });
    world.control.answer = json({ name: 'Ann Lee', followers: 3, same: 1 });
    world.candidate.answer = json({ name: 'Bob', followers: 4, same: 1 });
    await get();
    await copies();
    expect(await report()).toMatchObject({
      compared: 1,
      mismatched: 1,
      fields: [
        {
          field: 'body.name',
          differed: 1,
          noise: false,
          samples: [{ control: 'Aaa Aaa', candidate: 'Aaa' }],
        },
        { field: 'body.followers', samples: [{ control: 3, candidate: 4 }] },
      ],
    });
    expect(await metrics()).toEqual(
      expect.arrayContaining([
        'banyan_proxy_shadow_total{route="profiles",result="mismatch"} 1',
        'banyan_proxy_shadow_mismatches_total{route="profiles",field="body.name"} 1',
        'banyan_proxy_shadow_mismatches_total{route="profiles",field="body.followers"} 1',
      ]),
    );
    const readings = await (await fetch(`${world.proxy.adminAddress}/readings`)).json();
    expect(readings).toMatchObject({ profiles: { shadow: { compared: 1, mismatched: 1 } } });
  });

  it('finds the same answer the same, by the rules, and whatever its encoding', async () => {
    await start({ ignore: ['body.requestId'], unordered: ['body.tags'] });
    world.control.answer = json({ requestId: 1, tags: ['a', 'b'] }, { 'content-encoding': 'gzip' });
    world.candidate.answer = json({ requestId: 2, tags: ['b', 'a'] });
    const answer = await get('/profiles/7', { 'accept-encoding': 'gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    await copies();
    expect(await report()).toMatchObject({ compared: 1, mismatched: 0, fields: [] });
  });

  it('learns from the control what is noise before it holds anything against the candidate', async () => {
    await start({ noisePercent: 50 });
    let count = 0;
    const answer = (name: string) => json(() => ({ at: count++, name }));
    world.control.answer = answer('Ann');
    world.candidate.answer = answer('Bob');
    const learnt = eventually(async () => {
      await get();
      expect((await report()).compared).toBeGreaterThan(3);
    });
    await learnt;
    const { compared, mismatched, controlPairs, fields } = await report();
    expect(controlPairs).toBeGreaterThanOrEqual(20);
    expect(mismatched).toBe(compared);
    expect(fields).toMatchObject([
      { field: 'body.name', noise: false },
      { field: 'body.at', noise: true },
    ]);
    expect(
      (await metrics()).some((line) => line.includes('mismatches_total') && line.includes('body.at')),
    ).toBe(false);
  });

  it('holds it against the candidate when it does not answer', async () => {
    await start();
    world.candidate.answer = (req) => req.socket.destroy();
    expect((await get()).status).toBe(200);
    await copies();
    expect(await report()).toMatchObject({
      mismatched: 1,
      fields: [{ field: 'status', samples: [{ kind: 'unanswered', control: 200 }] }],
    });
  });

  it('holds nothing against it when it is the control that does not answer the copy', async () => {
    await start({}, 100);
    world.control.answer = (req) => req.socket.destroy();
    expect((await get()).status).toBe(200);
    await eventually(async () =>
      expect(await report()).toMatchObject({ compared: 0, skipped: { 'control-failed': 1 } }),
    );
  });

  it('asks nobody twice when the control stepped in', async () => {
    await start({}, 100);
    world.candidate.answer = (_req, res) => void res.writeHead(500).end();
    expect((await get()).headers['x-banyan-side']).toBe('control');
    world.candidate.answer = json({});
    await get('/profiles/8');
    await copies();
    expect(world.control.seen.map(({ url }) => url)).toEqual(['/profiles/7?full=1', '/profiles/8']);
  });

  it('compares no answer that is too large, and reads none of it that it need not', async () => {
    await start({ maxAnswerBytes: 1_000 });
    world.control.answer = json({ text: 'x'.repeat(2_000) });
    expect(JSON.parse((await get()).body)).toEqual({ text: 'x'.repeat(2_000) });
    await eventually(async () => expect((await report()).skipped).toEqual({ 'too-large': 1 }));
    world.control.answer = json({});
    let wrote = 0;
    world.candidate.answer = (_req, res) => {
      const more = () => {
        wrote += 65_536;
        if (!res.destroyed) res.write(Buffer.alloc(65_536), () => setImmediate(more));
      };
      more();
    };
    await get();
    await eventually(async () => expect((await report()).skipped).toEqual({ 'too-large': 2 }));
    expect(wrote).toBeLessThan(20_000_000);
  });

  it('makes nobody wait for a candidate that hangs, and drops what it cannot keep', async () => {
    await start();
    world.candidate.answer = () => undefined;
    for (let at = 0; at < 150; at++) expect((await get(`/profiles/${at}`)).status).toBe(200);
    // 8 are under way and 100 wait.
    await eventually(async () => expect((await report()).skipped).toEqual({ full: 42 }));
    expect(await metrics()).toContain('banyan_proxy_shadow_total{route="profiles",result="full"} 42');
  });

  it('closes though copies are under way', async () => {
    await start();
    world.candidate.answer = () => undefined;
    await get();
    // The candidate would be waited for longer than a test may take.
    await world.proxy.close();
  });
});
