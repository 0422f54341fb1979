import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { z } from 'zod';
import { liveView, type Operation, operation } from '../../../../services/admin/operation.ts';
import { Refusal } from '../../../../services/admin/refusal.ts';
import {
  type AdminServerOptions,
  type RunningAdminServer,
  startAdminServer,
} from '../../../../services/admin/start-admin-server.ts';
import { freshToken, Tokens, tokenEntry } from '../../../../services/admin/tokens.ts';
import { BanyanError, systemClock, UnavailableError, UsageError } from '../../../../services/core/index.ts';
import { RevisionConflictError } from '../../../../services/store/control-store.ts';
import { type AdminRequest, adminEvents, askAdmin } from '../../../support/admin-client.ts';
import { DocumentedApi } from '../../../support/documented-api.ts';

const VIEWER = freshToken();
const OPERATOR = freshToken();
const TOKENS = new Tokens(
  `${tokenEntry({ name: 'vera', role: 'viewer' }, VIEWER)} ${tokenEntry({ name: 'otto', role: 'operator' }, OPERATOR)}`,
);

const thing = { tag: 'things', params: z.object({ name: z.string() }) };
const THROWN: { readonly [name: string]: () => unknown } = {
  refused: () => new Refusal('not-found', 'there is no such thing'),
  raced: () => new RevisionConflictError('weight:secret', 3),
  away: () => new UnavailableError('the store', '10.0.0.1:80'),
  slow: () => new BanyanError('throttled', 'too busy', { retryable: true }),
  unset: () => new UsageError('no AWS region is set'),
  said: () => new BanyanError('history-missing', 'it is done, but not written down'),
  broken: () => new TypeError('secret of the house'),
  foreign: () => Object.assign(new Error('raw'), { name: 'DriverError' }),
};

/** Operations of every kind. */
const operationsOf = (served: { what: unknown[] }): Operation[] => [
  operation({
    ...thing,
    id: 'getThing',
    method: 'get',
    path: '/api/v1/things/{name}',
    role: 'viewer',
    summary: 'One.',
    query: z.object({ limit: z.coerce.number().int().min(1).max(9).default(3) }),
    answer: z.object({ name: z.string(), limit: z.int() }).meta({ id: 'Thing' }),
    // More than the schema names, as when a stored value has grown.
    handle: ({ params, query }) => ({ ...params, ...query, secret: 'of the house' }),
  }),
  operation({
    ...thing,
    id: 'setThing',
    method: 'put',
    path: '/api/v1/things/{name}',
    role: 'operator',
    summary: 'Changes one.',
    body: z.strictObject({ size: z.int().max(10), kind: z.enum(['a', 'b']).optional() }),
    maxBodyBytes: 200,
    answer: z.object({ by: z.string() }),
    handle: ({ person, body }) => {
      served.what.push(body);
      return { by: person.name };
    },
  }),
  operation({
    ...thing,
    id: 'failAsTold',
    method: 'post',
    path: '/api/v1/things/{name}/fail',
    role: 'viewer',
    summary: 'Fails.',
    refuses: ['not-found', 'revision-conflict'],
    answer: z.object({}),
    handle: ({ params }) => {
      throw THROWN[params.name]?.();
    },
  }),
  liveView({
    ...thing,
    id: 'watchThing',
    path: '/api/v1/things/{name}/events',
    role: 'viewer',
    summary: 'Tells.',
    refuses: ['not-found'],
    events: { count: z.object({ n: z.int() }) },
    stream: async function* ({ params, signal }) {
      if (params.name === 'none') throw new Refusal('not-found', 'there is no such thing');
      if (params.name === 'fragile') {
        yield { event: 'count' as const, data: { n: 0 } };
        throw new TypeError('secret of the house');
      }
      for (let n = 1; ; n++) {
        yield { event: 'count' as const, data: { n } };
        if (n === 3) {
          await new Promise((done) => signal.addEventListener('abort', done));
          served.what.push('ended');
          return;
        }
      }
    },
  }),
];

describe('an admin server', () => {
  const running: RunningAdminServer[] = [];
  afterEach(async () => {
    for (const server of running.splice(0)) await server.close();
  });

  const start = async (more: Partial<AdminServerOptions> = {}) => {
    const lines: { [field: string]: unknown }[] = [];
    const served = { what: [] as unknown[] };
    const server = await startAdminServer({
      about: { title: 'Things', version: '1', description: 'For tests.' },
      operations: operationsOf(served),
      tokens: TOKENS,
      hosts: ['admin.example.com'],
      limits: { requestsPerMinute: 1_000, failedSignInsPerMinute: 100 },
      maxViews: 2,
      log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
      explain: (thrown) =>
        thrown instanceof Error && thrown.name === 'DriverError'
          ? new UnavailableError('the driver', '10.0.0.2:80')
          : undefined,
      clock: systemClock,
      listen: { host: '127.0.0.1', port: 0 },
      ...more,
    });
    running.push(server);
    const document = await askAdmin(server.address, { path: '/openapi.json' });
    const api = new DocumentedApi(document.json as { [part: string]: unknown });
    const ask = (request: AdminRequest) => askAdmin(server.address, request);
    return {
      server,
      lines,
      served,
      api,
      ask,
      audits: () => lines.filter(({ audit }) => audit !== undefined),
    };
  };
  const put: AdminRequest = { method: 'PUT', path: '/api/v1/things/x', token: OPERATOR, body: { size: 1 } };
  const code = (json: unknown) => (json as { error?: { code?: string } }).error?.code;

  it('answers who holds a token, within what the schema names', async () => {
    const { ask } = await start();
    expect(await ask({ path: '/api/v1/me', token: VIEWER })).toMatchObject({
      status: 200,
      json: { name: 'vera', role: 'viewer' },
      headers: { 'cache-control': 'no-store' },
    });
    const { json } = await ask({ path: '/api/v1/things/x?limit=5', token: OPERATOR });
    expect(json).toEqual({ name: 'x', limit: 5 });
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { token: freshToken() }],
    ['another scheme', { headers: { authorization: `Basic ${VIEWER}` } }],
    ['the token in the query', { path: `/api/v1/things/x?access_token=${VIEWER}` }],
    ['the token in a cookie', { headers: { cookie: `token=${VIEWER}` } }],
    ['the stored hash', { token: tokenEntry({ name: 'vera', role: 'viewer' }, VIEWER).split(':')[2] }],
  ])('refuses %s', async (_what, request) => {
    const { ask, served } = await start();
    const answer = await ask({ ...put, token: undefined, ...request });
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="banyan"' } });
    expect(code(answer.json)).toBe('unauthenticated');
    expect(served.what).toEqual([]);
  });

  it('lets a viewer look and not write, before it reads what was sent', async () => {
    const { ask, served } = await start();
    const answer = await ask({ ...put, token: VIEWER, body: '{' });
    expect([answer.status, code(answer.json)]).toEqual([403, 'forbidden']);
    expect(served.what).toEqual([]);
    expect(await ask(put)).toMatchObject({ status: 200, json: { by: 'otto' } });
  });

  it.each(['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.evil.example'])(
    'refuses the host %s: a name that was made to point here',
    async (host) => {
      const { ask } = await start();
      const answer = await ask({ path: '/api/v1/me', token: VIEWER, headers: { host } });
      expect([answer.status, code(answer.json)]).toEqual([403, 'wrong-host']);
    },
  );

  it.each(['localhost:1234', '127.0.0.1', '[::1]:9091', 'admin.example.com', 'Admin.Example.com'])(
    'knows itself as %s',
    async (host) => {
      const { ask } = await start();
      const own = { host, origin: `https://${host}` };
      expect(await ask({ path: '/api/v1/me', token: VIEWER, headers: own })).toMatchObject({ status: 200 });
    },
  );

  it.each(['https://evil.example', 'null', 'http://localhost:3000', 'file://'])(
    'refuses a page of %s',
    async (origin) => {
      const { ask, served } = await start();
      const answer = await ask({ ...put, headers: { host: 'localhost:9091', origin } });
      expect([answer.status, code(answer.json)]).toEqual([403, 'wrong-origin']);
      expect(served.what).toEqual([]);
    },
  );

  it('allows no other site to read it, and no page to be framed or to run what is not its own', async () => {
    const { ask } = await start();
    const { headers } = await ask({ path: '/api/v1/me', token: VIEWER });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it.each([
    ['no type', { body: undefined, headers: {} }, 415, 'not-json'],
    [
      'a form',
      { body: 'size=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'not-json',
    ],
    ['plain text', { headers: { 'content-type': 'text/plain' } }, 415, 'not-json'],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, 'not-json'],
    ['no JSON', { body: '{"size":' }, 400, 'invalid'],
    ['a list', { body: [1] }, 400, 'invalid'],
    ['a number', { body: '1' }, 400, 'invalid'],
    ['a body that is too large', { body: { size: 1, kind: 'a'.repeat(300) } }, 413, 'too-large'],
    ['a path that is none', { path: '/api/v1/things/%zz' }, 400, 'invalid'],
  ])('refuses %s', async (_what, request, status, expected) => {
    const { ask, served } = await start();
    const answer = await ask({ ...put, ...request });
    expect([answer.status, code(answer.json)]).toEqual([status, expected]);
    expect(served.what).toEqual([]);
  });

  it('says everything that is wrong with a request, by path, without repeating it', async () => {
    const { ask } = await start();
    const { status, json } = await ask({ ...put, body: { size: 'hunter2', kind: 'hunter3' } });
    expect(status).toBe(400);
    expect(json).toMatchObject({
      error: { code: 'invalid', problems: [{ path: 'body.size' }, { path: 'body.kind' }] },
    });
    expect(JSON.stringify(json)).not.toMatch(/hunter/);
    const query = await ask({ path: '/api/v1/things/x?limit=10', token: VIEWER });
    expect(query.json).toMatchObject({ error: { problems: [{ path: 'query.limit' }] } });
  });

  it('says what is not there, and what may be done with what is', async () => {
    const { ask } = await start();
    for (const path of ['/', '/api', '/api/v1/none', '/api/v1/things/x/y', '/API/v1/../../etc/passwd'])
      expect(await ask({ path, token: VIEWER })).toMatchObject({
        status: 404,
        json: { error: { code: 'not-found' } },
      });
    expect(await ask({ ...put, method: 'DELETE', body: undefined })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, PUT' },
      json: { error: { code: 'method-not-allowed' } },
    });
    expect(await ask({ ...put, method: 'OPTIONS', body: undefined })).toMatchObject({ status: 405 });
  });

  it.each([
    ['refused', 404, 'not-found', /no such thing/],
    ['raced', 409, 'revision-conflict', /somebody else was first/],
    ['away', 503, 'unavailable', /the store does not answer/],
    ['slow', 503, 'unavailable', /too busy/],
    ['unset', 503, 'unavailable', /no AWS region/],
    ['foreign', 503, 'unavailable', /the driver does not answer/],
    ['said', 500, 'internal', /it is done, but not written down/],
    ['broken', 500, 'internal', /the server's log says what/],
  ])('answers what went wrong in one shape: %s', async (name, status, expected, message) => {
    const { ask, api, lines } = await start();
    const request = { method: 'POST', path: `/api/v1/things/${name}/fail`, token: VIEWER, body: {} };
    const answer = await ask(request);
    expect(answer).toMatchObject({
      status,
      json: { error: { code: expected, message: expect.stringMatching(message) } },
    });
    expect(JSON.stringify(answer.json)).not.toMatch(/secret|at .*\.ts/);
    expect(api.differences(request, answer)).toBeUndefined();
    expect(lines.some(({ operation }) => operation === 'failAsTold')).toBe(status >= 500);
  });

  it('takes so much from one bearer, whoever else is there', async () => {
    const { ask } = await start({ limits: { requestsPerMinute: 3, failedSignInsPerMinute: 100 } });
    const asVera = () => ask({ path: '/api/v1/me', token: VIEWER });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await asVera()).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(await asVera()).toMatchObject({
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      json: { error: { code: 'too-many-requests' } },
    });
    expect((await ask({ path: '/api/v1/me', token: OPERATOR })).status).toBe(200);
  });

  it('has had enough of wrong tokens soon, and still lets a good one in from there', async () => {
    const { ask } = await start({ limits: { requestsPerMinute: 1_000, failedSignInsPerMinute: 2 } });
    const statuses = [];
    for (let i = 0; i < 3; i++)
      statuses.push((await ask({ path: '/api/v1/me', token: freshToken() })).status);
    expect(statuses).toEqual([401, 401, 429]);
    const forwarded = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.2' };
    expect((await ask({ path: '/api/v1/me', headers: forwarded })).status).toBe(429);
    expect((await ask({ path: '/api/v1/me', token: VIEWER })).status).toBe(200);
  });

  it('keeps a line of every write, granted or not, and nothing of what was sent', async () => {
    const { ask, audits, lines } = await start();
    await ask({ path: '/api/v1/things/x', token: VIEWER });
    await ask({ ...put, body: { size: 7 } });
    await ask({ ...put, token: VIEWER });
    await ask({ ...put, token: freshToken() });
    await ask({ ...put, body: { size: 'hunter2' } });
    const line = { audit: 'setThing', params: { name: 'x' } };
    expect(audits()).toMatchObject([
      { ...line, by: 'otto', role: 'operator', result: 200 },
      { ...line, by: 'vera', role: 'viewer', result: 403, refused: 'forbidden' },
      { ...line, by: null, result: 401, refused: 'unauthenticated' },
      { ...line, by: 'otto', result: 400, refused: 'invalid' },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/hunter|banyan_/);
  });

  it('describes itself, by the rules of OpenAPI, as it really answers', async () => {
    const { ask, api, server } = await start();
    expect(await api.problems()).toBeUndefined();
    const requests: AdminRequest[] = [
      put,
      { ...put, body: { size: 11 } },
      { ...put, body: 'x'.repeat(300) },
      { ...put, token: VIEWER },
      { path: '/api/v1/me', token: VIEWER },
      { path: '/api/v1/me' },
      { path: '/api/v1/things/x', token: VIEWER },
      { path: '/api/v1/things/x', token: VIEWER, headers: { host: 'evil.example' } },
      { path: '/api/v1/things/none/events', token: VIEWER },
      { method: 'POST', path: '/api/v1/things/refused/fail', token: VIEWER, body: {} },
    ];
    for (const request of requests) {
      const { method = 'GET', path } = request;
      expect(api.differences({ method, path }, await ask(request))).toBeUndefined();
    }
    const path = '/api/v1/things/x/events';
    for await (const told of adminEvents(server.address, { path, token: VIEWER })) {
      expect(api.eventDifferences(path, told)).toBeUndefined();
      break;
    }
    expect(api.unseen).toEqual([]);
  });

  it('tells a live view as it happens, and ends it when it stops', async () => {
    const { server, served } = await start();
    const events = adminEvents(server.address, { path: '/api/v1/things/x/events', token: VIEWER });
    const told = [];
    for await (const { event, data } of events) {
      told.push([event, data]);
      // It has ended no answer yet: what came was not kept in a buffer.
      if (told.length === 3) void server.close();
    }
    expect(told).toEqual([1, 2, 3].map((n) => ['count', { n }]));
    expect(served.what).toEqual(['ended']);
  });

  it('stops a live view whose client has gone, and has so many at once', async () => {
    const { server, served, ask } = await start();
    const path = '/api/v1/things/x/events';
    const open = async () => {
      const view = adminEvents(server.address, { path, token: VIEWER });
      await view.next();
      return view;
    };
    const views = [await open(), await open()];
    expect(await ask({ path, token: VIEWER })).toMatchObject({
      status: 503,
      json: { error: { code: 'unavailable' } },
    });
    for (const view of views) await view.return(undefined);
    while (served.what.length < 2) await new Promise((done) => setImmediate(done));
    const again = await open();
    await again.return(undefined);
  });

  it('answers HEAD with the head alone, of a live view too', async () => {
    const { ask } = await start({ maxViews: 1 });
    for (const path of ['/api/v1/me', '/api/v1/things/x/events', '/api/v1/things/y/events'])
      expect(await ask({ method: 'HEAD', path, token: VIEWER })).toMatchObject({
        status: 200,
        json: undefined,
      });
  });

  it('cuts off a live view that fails midway, and says why in its log', async () => {
    const { server, lines } = await start();
    const events = adminEvents(server.address, { path: '/api/v1/things/fragile/events', token: VIEWER });
    const all = async () => {
      for await (const _ of events);
    };
    await expect(all()).rejects.toThrow('aborted');
    expect(lines).toMatchObject([{ operation: 'watchThing', err: { message: 'secret of the house' } }]);
  });

  it('serves the files of a page to anybody, and no other', async () => {
    const page = await mkdtemp(join(tmpdir(), 'banyan-page-'));
    await writeFile(join(page, 'index.html'), '"the page"');
    await writeFile(join(page, '.secret'), '"the secret"');
    const { ask } = await start({ page: [{ path: '/', folder: page }] });
    expect(await ask({ path: '/' })).toMatchObject({ status: 200, json: 'the page' });
    expect(await ask({ path: '/.secret' })).toMatchObject({ status: 404 });
    expect(await ask({ path: '/..%2fpackage.json' })).toMatchObject({ status: 404 });
    expect(await ask({ path: '/', headers: { host: 'evil.example' } })).toMatchObject({ status: 403 });
    await rm(page, { recursive: true });
  });

  it('answers what is no HTTP with 400, and goes on', async () => {
    const { server, ask } = await start();
    const { hostname, port } = new URL(server.address);
    const socket = connect(Number(port), hostname);
    socket.write('hello\r\n\r\n');
    expect(await text(socket)).toContain('400 Bad Request');
    expect((await ask({ path: '/api/v1/me', token: VIEWER })).status).toBe(200);
  });
});
