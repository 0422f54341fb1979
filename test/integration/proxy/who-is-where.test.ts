import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import { forceTokens, PinBoard, ProxyDial } from '../../../proxy/index.ts';
import { systemClock } from '../../../services/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { fromOf, type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

const SECRET = 'a secret of thirty-two characters';
const TESTER = 'a-tester-of-the-candidate';
const COOKIE = { name: 'banyan_key', secure: true, maxAgeDays: 1 };

describe('who is where', () => {
  let world: ProxyWorld;
  beforeEach(async () => {
    world = await startProxyWorld({
      weightPercent: 0,
      config: { secrets: [SECRET], testers: { candidate: [TESTER] } },
      routes: ({ profiles, ...others }) => ({
        ...others,
        profiles: {
          ...(profiles ?? { path: '', candidate: { url: '' } }),
          key: [{ jwt: { header: 'authorization', claim: 'sub' } }, { header: 'x-user-id' }],
          rescue: { pinMs: 60_000 },
          allow: ['ann@example.org'],
          cohorts: { beta: { by: { jwt: { header: 'authorization', claim: 'plan' } }, values: ['beta'] } },
        },
      }),
    });
  });
  afterEach(() => world.close());

  it('leaves a user to the control once the candidate failed him, for a time, and says why', async () => {
    await dial().set('profiles', { weightPercent: 100, by: '', why: '', expectedRevision: 1 });
    const user = { 'x-user-id': 'u1' };
    await eventually(async () => expect(await sideOf({ 'x-user-id': 'warm' })).toBe('candidate'));
    const { answer } = world.candidate;
    world.candidate.answer = (req) => req.socket.resetAndDestroy();
    const rescued = await get(user);
    expect(rescued.headers).toMatchObject({ 'x-banyan-side': 'control', 'cache-control': 'private' });
    expect(rescued.headers).not.toHaveProperty('x-banyan-why');
    world.candidate.answer = answer;
    expect((await get(user)).headers).toMatchObject({ 'x-banyan-side': 'control', 'x-banyan-why': 'pinned' });
    expect(await sideOf({ 'x-user-id': 'u2' })).toBe('candidate');
    // Another instance has not seen it, and goes by the cookie.
    const other = await world.anotherProxy();
    const cookie = rescued.headers['set-cookie']?.map((each) => each.split(';')[0]).join('; ') ?? '';
    expect(cookie).toMatch(/^banyan_key=u1; banyan_key\.pin\.profiles=\d+\.[\w-]{22}$/);
    const at = async (headers: { [name: string]: string }) =>
      (await send(other.address, { path: '/profiles/7', headers })).headers['x-banyan-side'];
    expect([await at(user), await at({ cookie })]).toEqual(['candidate', 'control']);
    await other.close();
    expect(world.control.seen.at(-1)?.headers).not.toHaveProperty('cookie');
    await eventually(() =>
      expect(world.logged).toContainEqual(expect.objectContaining({ side: 'control', why: 'pinned' })),
    );
  });

  const get = (headers: { [name: string]: string }, path = '/profiles/7') =>
    send(world.proxy.address, { path, headers });
  const sideOf = async (headers: { [name: string]: string }) => {
    const { headers: answered, body } = await get(headers);
    expect(answered['x-banyan-side']).toBe(fromOf(body));
    return fromOf(body);
  };
  const metrics = async () => (await fetch(`${world.proxy.adminAddress}/metrics`)).text();
  const dial = () => new ProxyDial({ store: world.store, clock: systemClock });
  const token = (claims: object) => `Bearer ${new UnsecuredJWT({ ...claims }).encode()}`;

  it('lets a tester choose by a header that no upstream sees, and counts him apart', async () => {
    expect(await sideOf({ 'x-user-id': 'u1' })).toBe('control');
    expect(await sideOf({ 'x-user-id': 'u1', 'x-banyan-force': TESTER })).toBe('candidate');
    expect(await sideOf({ 'x-user-id': 'u1', 'x-banyan-force': `${TESTER}s` })).toBe('control');
    expect(world.candidate.seen[0]?.headers).not.toHaveProperty('x-banyan-force');
    expect(world.control.seen[1]?.headers).not.toHaveProperty('x-banyan-force');
    await eventually(async () =>
      expect(await metrics()).toContain(
        'banyan_proxy_steered_requests_total{route="profiles",side="candidate",why="forced",outcome="ok"} 1',
      ),
    );
    expect(await metrics()).not.toContain('banyan_proxy_requests_total{route="profiles",side="candidate"');
    await eventually(() => expect(world.logged).toContainEqual(expect.objectContaining({ why: 'forced' })));
    const readings = await (await fetch(`${world.proxy.adminAddress}/readings`)).json();
    expect(readings).toMatchObject({
      profiles: { candidate: { requests: 0 }, control: { requests: 2 }, firstFailures: { step: {} } },
    });
  });

  it('lets a tester choose by a link, whose cookie no upstream sees', async () => {
    const untilSeconds = Math.ceil(Date.now() / 1_000) + 60;
    const pass = { route: 'profiles', side: 'candidate', untilSeconds } as const;
    const { link } = forceTokens(pass, { secrets: [SECRET], cookie: COOKIE, nowMs: Date.now() });
    const opened = await get({}, link);
    expect(opened).toMatchObject({ status: 303, headers: { location: '/', 'cache-control': 'no-store' } });
    const [setCookie = ''] = opened.headers['set-cookie'] ?? [];
    expect(setCookie).toMatch(
      /^banyan_key\.force\.profiles=.*; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    const cookie = `a=b; ${setCookie.split(';')[0]}`;
    expect(await sideOf({ cookie })).toBe('candidate');
    expect(world.candidate.seen[0]?.headers.cookie).toBe('a=b');
    expect(await get({}, `${link.slice(0, -1)}!`)).toMatchObject({ status: 404 });
    expect(world.control.seen).toEqual([]);
  });

  it('follows the dial of a cohort, and a rollback of its route', async () => {
    const beta = { authorization: token({ sub: 'u1', plan: 'beta' }) };
    const free = { authorization: token({ sub: 'u1', plan: 'free' }) };
    expect(await sideOf(beta)).toBe('control');
    await dial().set('profiles:beta', { weightPercent: 100, by: '', why: '', expectedRevision: 0 });
    await eventually(async () => expect(await sideOf(beta)).toBe('candidate'));
    expect(await sideOf(free)).toBe('control');
    expect(await sideOf({ 'x-user-id': 'ann@example.org' })).toBe('candidate');
    await eventually(async () =>
      expect(await metrics()).toMatch(
        /banyan_proxy_requests_total\{route="profiles:beta",side="candidate",outcome="ok"\} \d/,
      ),
    );
    expect(await metrics()).toContain('banyan_proxy_weight_percent{route="profiles:beta"} 100');
    await dial().set('profiles', { weightPercent: 0, by: '', why: '', expectedRevision: 'any' });
    await eventually(async () => expect(await sideOf(beta)).toBe('control'));
    expect(await sideOf({ 'x-user-id': 'ann@example.org' })).toBe('control');
    expect(await metrics()).not.toContain('banyan_proxy_weight_percent{route="profiles:beta"}');
  });

  it('follows the pins of operators', async () => {
    const board = new PinBoard({ store: world.store, clock: systemClock });
    const pin = { route: 'profiles', key: 'u1', side: 'candidate', by: 'ann', why: '' } as const;
    await board.pin(pin);
    await eventually(async () => expect(await sideOf({ 'x-user-id': 'u1' })).toBe('candidate'));
    expect(await sideOf({ 'x-user-id': 'u2' })).toBe('control');
    await board.unpin(pin);
    await eventually(async () => expect(await sideOf({ 'x-user-id': 'u1' })).toBe('control'));
    await eventually(async () => expect(await metrics()).toContain('why="pinned"'));
  });
});
