import { Agent, type RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { ENGINES, fromOf, type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

const user = { 'x-user-id': 'u1' };
const reset: RequestListener = (req) => req.socket.resetAndDestroy();
const hang: RequestListener = () => undefined;
const status =
  (code: number): RequestListener =>
  (req, res) => {
    req.resume();
    res.writeHead(code, { 'content-type': 'text/plain' }).end('the candidate is ill');
  };

describe.each(ENGINES)('the rescue, carried by %s', (engine) => {
  let world: ProxyWorld;
  beforeEach(async () => {
    world = await startProxyWorld({ engine });
  });
  afterEach(() => world.close());

  const get = (path = '/profiles/7?full=1') => send(world.proxy.address, { path, headers: user });
  const search = (body: string, headers = {}) =>
    send(world.proxy.address, {
      method: 'POST',
      path: '/search/users?query=ann',
      headers: { ...user, ...headers },
      body,
    });

  it('has nothing to do while the candidate answers', async () => {
    const answer = await get();
    expect(answer).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'candidate' } });
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'candidate', url: '/v1/p/7?full=1' });
    expect(world.control.seen).toEqual([]);
  });

  it.each([
    ['hangs', hang],
    ['resets the connection', reset],
    ['answers 500', status(500)],
    ['answers 503', status(503)],
    [
      'resets within an error answer',
      (_req, res) => {
        res.writeHead(500, { 'content-length': '1000' }).write('half');
        setImmediate(() => res.destroy());
      },
    ],
    ['answers what is no HTTP', (req) => req.socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'answers with both a length and chunks',
      (req) =>
        req.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    ],
    [
      'switches protocols unasked',
      (req) =>
        req.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
  ] as [string, RequestListener][])('answers by the control when the candidate %s', async (_, answer) => {
    world.candidate.answer = answer;
    const rescued = await get();
    expect(rescued).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'control' } });
    // The control is asked for what the client asked for, and not for what the candidate was.
    expect(JSON.parse(rescued.body)).toMatchObject({ from: 'control', url: '/profiles/7?full=1' });
  });

  it('answers by the control when the candidate is killed, on connections that were kept as well', async () => {
    const agent = new Agent({ keepAlive: true });
    const ask = () => send(world.proxy.address, { path: '/profiles/7', headers: user, agent });
    for (let at = 0; at < 3; at++) expect(fromOf((await ask()).body)).toBe('candidate');
    await world.candidate.close();
    for (let at = 0; at < 3; at++) expect(fromOf((await ask()).body)).toBe('control');
    agent.destroy();
  });

  it('leaves the client its connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () => send(world.proxy.address, { path: '/profiles/7', headers: user, agent });
    world.candidate.answer = status(500);
    await ask();
    await ask();
    const [socket] = Object.values(agent.freeSockets).flat();
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
    expect(socket?.destroyed).toBe(false);
    agent.destroy();
  });

  it.each([
    ['of known length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['that waits for 100-continue', { expect: '100-continue', 'content-length': '11' }],
  ])('sends the control the same body %s', async (_, headers) => {
    world.candidate.answer = status(500);
    const rescued = await search('hello world', headers);
    expect(rescued).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'control' } });
    expect(JSON.parse(rescued.body)).toMatchObject({ from: 'control', body: 'hello world' });
  });

  it('sends a body to the candidate once, whole', async () => {
    const answer = await search('hello world', { 'transfer-encoding': 'chunked' });
    expect(JSON.parse(answer.body)).toEqual({
      from: 'candidate',
      url: '/v1/search/users?query=ann',
      body: 'hello world',
    });
  });

  it.each([
    ['of known length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('sends a body above the limit %s to the control from the start', async (_, headers) => {
    const body = 'x'.repeat(100_000);
    const answer = await search(body, headers);
    expect(answer.headers['x-banyan-side']).toBe('control');
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'control', body });
    expect(world.candidate.seen).toEqual([]);
  });

  it('takes a body at the limit', async () => {
    expect((await search('x'.repeat(1_024))).headers['x-banyan-side']).toBe('candidate');
    expect((await search('x'.repeat(1_025))).headers['x-banyan-side']).toBe('control');
  });

  it('never repeats a write: it went to one side, once', async () => {
    const put = () =>
      send(world.proxy.address, { method: 'PUT', path: '/profiles/7', headers: user, body: '{}' });
    let asked = 0;
    world.candidate.answer = (req, res) => {
      asked++;
      status(500)(req, res);
    };
    // Its 5xx is its answer.
    expect(await put()).toMatchObject({ status: 500, body: 'the candidate is ill' });
    world.candidate.answer = (req, res) => {
      asked++;
      reset(req, res);
    };
    expect(await put()).toMatchObject({ status: 502, headers: { 'x-banyan-side': 'candidate' } });
    expect(asked).toBe(2);
    expect(world.control.seen).toEqual([]);
  });

  it('says 504 when a write is not answered in time', async () => {
    world.candidate.answer = hang;
    const answer = await send(world.proxy.address, { method: 'DELETE', path: '/profiles/7', headers: user });
    expect(answer.status).toBe(504);
    expect(JSON.parse(answer.body)).toEqual({
      error: { code: 'gateway-timeout', message: 'The candidate did not answer in time.' },
    });
  });

  it('cuts the connection when the candidate breaks off within its answer: half an answer is none', async () => {
    world.candidate.answer = (_req, res) => {
      res.writeHead(200, { 'content-length': '1000' }).write('half');
      setTimeout(() => res.destroy(), 50);
    };
    await expect(get()).rejects.toThrow('aborted');
    expect(world.control.seen).toEqual([]);
    await eventually(() =>
      expect(world.logged).toContainEqual(expect.objectContaining({ side: 'candidate', outcome: 'error' })),
    );
  });

  it('is of no use when the control fails as well', async () => {
    world.candidate.answer = status(500);
    world.control.answer = reset;
    const answer = await get();
    expect(answer).toMatchObject({ status: 502, headers: { 'x-banyan-side': 'control' } });
    expect(JSON.parse(answer.body)).toEqual({
      error: { code: 'bad-gateway', message: 'The control did not answer.' },
    });
  });

  it("passes the control's own answer on, errors too", async () => {
    world.candidate.answer = status(500);
    world.control.answer = (_req, res) => void res.writeHead(418).end('teapot');
    expect(await get()).toMatchObject({ status: 418, body: 'teapot' });
    world.control.answer = (_req, res) => void res.writeHead(503).end('busy');
    expect(await get()).toMatchObject({ status: 503, body: 'busy' });
  });

  it('has no 5xx at all reach the readers of a candidate that fails in every way', async () => {
    const ways = [hang, reset, status(500), status(502), status(503)];
    let at = 0;
    world.candidate.answer = (req, res) => ways[at++ % ways.length]?.(req, res);
    const answers = await Promise.all(Array.from({ length: 50 }, () => get()));
    expect(answers.map((answer) => answer.status)).toEqual(new Array(50).fill(200));
    const { registry } = world.proxy.canary.metrics;
    expect(await registry.metrics()).toContain(
      'banyan_proxy_requests_total{route="profiles",side="candidate",outcome="rescued"} 50',
    );
  });
});

describe.each(ENGINES)('the control, carried by %s', (engine) => {
  let world: ProxyWorld;
  beforeEach(async () => {
    world = await startProxyWorld({ engine });
  });
  afterEach(() => world.close());

  const get = () => send(world.proxy.address, { path: '/elsewhere' });

  it('that is down is 502', async () => {
    await world.control.close();
    expect(await get()).toMatchObject({
      status: 502,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
  });

  it('that hangs is 504', async () => {
    world.control.answer = hang;
    expect(await get()).toMatchObject({ status: 504, headers: { 'x-banyan-side': 'control' } });
  });

  it('is asked again when a kept connection had gone stale, if that does no harm', async () => {
    let requests = 0;
    // It closes each connection upon its second request, as one does that had just decided to close it.
    const perSocket = new WeakMap<object, number>();
    world.control.answer = (req, res) => {
      requests++;
      const before = perSocket.get(req.socket) ?? 0;
      perSocket.set(req.socket, before + 1);
      if (before > 0) req.socket.resetAndDestroy();
      else res.end('fine');
    };
    expect((await get()).status).toBe(200);
    expect((await get()).status).toBe(200);
    expect(requests).toBe(3);
    const post = { method: 'POST', path: '/elsewhere', body: 'x' };
    expect((await send(world.proxy.address, post)).status).toBe(502);
    expect(requests).toBe(4);
  });
});

describe.each(ENGINES)('the breaker, carried by %s', (engine) => {
  let world: ProxyWorld;
  afterEach(() => world.close());

  const start = async (retryAfterMs: number) => {
    world = await startProxyWorld({
      engine,
      routes: ({ profiles, writes }) => {
        const breaker = { failures: 2, retryAfterMs };
        return Object.fromEntries(
          Object.entries({ profiles, writes }).map(([name, route]) => [
            name,
            { ...route, path: '/profiles/:id', candidate: { url: 'http://x', ...route?.candidate, breaker } },
          ]),
        );
      },
    });
    const get = () => send(world.proxy.address, { path: '/profiles/7', headers: user });
    const asked = { times: 0 };
    world.candidate.answer = () => {
      asked.times++;
    };
    return { get, asked };
  };

  it('spares readers the wait for a candidate that is down, and counts them against it all the same', async () => {
    const { get, asked } = await start(60_000);
    for (let at = 0; at < 20; at++) expect((await get()).status).toBe(200);
    expect(asked.times).toBe(2);
    const metrics = await world.proxy.canary.metrics.registry.metrics();
    expect(metrics).toContain(
      'banyan_proxy_requests_total{route="profiles",side="candidate",outcome="rescued"} 20',
    );
    expect(metrics).toContain('banyan_proxy_breaker_state{route="profiles"} 2');
    expect(world.logged.at(-1)).toMatchObject({ side: 'control', why: 'breaker-open', rescued: true });
  });

  it('sends a write to the control while the candidate is not asked at all', async () => {
    await start(60_000);
    const put = () =>
      send(world.proxy.address, { method: 'PUT', path: '/profiles/7', headers: user, body: '{}' });
    expect([(await put()).status, (await put()).status]).toEqual([504, 504]);
    expect(await put()).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'control' } });
    expect(world.control.seen).toHaveLength(1);
  });

  it('lets the candidate back in when it answers again', async () => {
    const { get } = await start(50);
    for (let at = 0; at < 3; at++) await get();
    world.candidate.answer = (_req, res) => void res.end('{"from":"candidate"}');
    await eventually(async () => expect((await get()).headers['x-banyan-side']).toBe('candidate'));
  });
});

describe.each(ENGINES)('the bulkhead before the control, carried by %s', (engine) => {
  let world: ProxyWorld;
  let release: () => void;
  afterEach(() => {
    release();
    return world.close();
  });

  /** A control that is busy with the only rescue it is to have at once. */
  const start = async (answer: RequestListener, failures = 1_000) => {
    world = await startProxyWorld({
      engine,
      config: { control: { url: '', timeoutMs: 20_000 } },
      routes: ({ profiles }) => {
        const { path = '', candidate = { url: '' } } = profiles ?? {};
        const breaker = { failures, retryAfterMs: 60_000 };
        return {
          profiles: {
            ...profiles,
            path,
            candidate: { ...candidate, breaker },
            rescue: { maxAtOnce: 1, pinMs: 0 },
          },
        };
      },
    });
    world.candidate.answer = answer;
    const waiting: (() => void)[] = [];
    world.control.answer = (_req, res) => void waiting.push(() => res.end('{"from":"control"}'));
    release = () => {
      for (const answerNow of waiting) answerNow();
    };
    const get = () => send(world.proxy.address, { path: '/profiles/7', headers: user });
    const first = get();
    await eventually(() => expect(waiting).toHaveLength(1));
    return { first, get, waiting };
  };

  it("answers the candidate's own error where the control has enough to do, and counts it", async () => {
    const { first, get, waiting } = await start(status(503));
    const refused = await get();
    expect(refused).toMatchObject({ status: 503, headers: { 'x-banyan-side': 'candidate' } });
    expect(refused.body).toBe('the candidate is ill');
    expect(waiting).toHaveLength(1);
    release();
    expect((await first).headers['x-banyan-side']).toBe('control');
    const metrics = await world.proxy.canary.metrics.registry.metrics();
    expect(metrics).toContain('{route="profiles",side="candidate",outcome="error"} 1');
    world.control.answer = (_req, res) => void res.end('{}');
    expect((await get()).headers['x-banyan-side']).toBe('control');
  });

  it('says that the candidate did not answer', async () => {
    const { get } = await start(reset);
    expect(await get()).toMatchObject({ status: 502, headers: { 'x-banyan-side': 'candidate' } });
    await eventually(() =>
      expect(world.logged).toContainEqual(
        expect.objectContaining({ why: 'rescues-full', candidateFailure: expect.stringMatching(/^reset: /) }),
      ),
    );
  });

  it('sheds what a candidate that is down would send over, and leaves its breaker open', async () => {
    const { get } = await start(status(500), 2);
    expect((await get()).status).toBe(500);
    const shed = await get();
    expect(shed).toMatchObject({ status: 503, headers: { 'x-banyan-side': 'candidate' } });
    expect(JSON.parse(shed.body)).toEqual({
      error: { code: 'unavailable', message: 'The candidate has failed too often to be asked now.' },
    });
  });
});
