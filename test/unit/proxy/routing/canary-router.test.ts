import { describe, expect, it } from '@jest/globals';
import { CanaryRouter, isSteered, type Side } from '../../../../proxy/routing/canary-router.ts';
import { proxyConfigSchema } from '../../../../proxy/routing/proxy-config.ts';
import { RouteTable } from '../../../../proxy/routing/route-table.ts';
import { bucketOf } from '../../../../proxy/routing/sticky-bucket.ts';
import { keyOf } from '../../../../proxy/routing/sticky-key.ts';
import { NO_WEIGHT, Weights } from '../../../../proxy/routing/weights.ts';
import { VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';

const { routes } = proxyConfigSchema.parse({
  control: { url: 'http://m' },
  routes: {
    profiles: {
      path: '/profiles/:id',
      candidate: { url: 'http://c' },
      key: [{ header: 'authorization' }, { header: 'x-user-id' }],
    },
    salted: {
      path: '/salted',
      candidate: { url: 'http://c' },
      key: [{ header: 'x-user-id' }],
      salt: 'profiles',
    },
    shared: {
      path: '/shared',
      candidate: { url: 'http://c' },
      key: [{ header: 'x-user-id' }],
      allow: ['ann@example.org'],
      cohorts: {
        beta: { by: { header: 'X-Plan' }, values: ['beta', 'staff'] },
        swiss: { by: { header: 'x-country' }, values: ['CH'] },
      },
    },
  },
});

/** A router by weights of dials; `true` is a rollback. */
const routerBy = (
  weights: { readonly [dial: string]: number | true },
  who: { forced?: Side; pins?: { [key: string]: Side }; rescued?: readonly string[] } = {},
) => {
  const clock = new VirtualClock();
  const known = new Weights({ store: new MemoryControlStore({ clock }), dials: [], clock, timeoutMs: 1 });
  known.inForce = (dial) => {
    const weight = weights[dial] ?? weights['*'];
    if (weight === undefined) return NO_WEIGHT;
    const rolledBack = weight === true;
    return { weightPercent: rolledBack ? 0 : weight, setAtMs: 1, rolledBack, confirmedAtMs: 1 };
  };
  const { pins = {}, rescued = [] } = who;
  return new CanaryRouter({
    table: new RouteTable(routes),
    cookieName: 'k',
    weights: known,
    testers: { sideOf: () => who.forced },
    pins: { some: () => Object.keys(pins).length > 0, sideOf: (_, key) => pins[key] },
    rescued: { holds: (_, key) => rescued.includes(key) },
  });
};
const routerAt = (weightPercent: number) => routerBy({ '*': weightPercent });

describe('CanaryRouter', () => {
  it('leaves what no route shares to the control, and issues no cookie', () => {
    expect(routerAt(100).decide('GET', '/elsewhere', {})).toEqual({ side: 'control', why: 'no-route' });
  });

  it('answers a keyless request by the safe side at any weight, and issues a key', () => {
    expect(routerAt(100).decide('GET', '/profiles/1', {})).toMatchObject({
      side: 'control',
      why: 'no-key',
      issueKey: expect.stringMatching(/^[\w-]{22}$/),
    });
  });

  it('goes by the bucket of the key, under the salt of the route', () => {
    const key = 'u1';
    const percent = bucketOf('profiles', key) / 100;
    const headers = { 'x-user-id': key };
    expect(routerAt(percent).decide('GET', '/profiles/1', headers)).toMatchObject({
      side: 'control',
      why: 'bucket',
    });
    const justAbove = routerAt(percent + 0.01);
    expect(justAbove.decide('GET', '/profiles/1', headers)).toMatchObject({
      side: 'candidate',
      why: 'bucket',
    });
    expect(justAbove.decide('GET', '/salted', headers)).toMatchObject({ side: 'candidate', why: 'bucket' });
  });

  it('issues the key of the first keyed answer, and nothing to whoever has it', () => {
    const router = routerAt(50);
    expect(router.decide('GET', '/profiles/1', { 'x-user-id': 'u1' }).issueKey).toBe('u1');
    expect(router.decide('GET', '/profiles/1', { cookie: 'k=u1' }).issueKey).toBeUndefined();
  });

  it('keeps a user where he is through logout and login, once he has the cookie', () => {
    const router = routerAt(50);
    const anonymous = router.decide('GET', '/profiles/1', {});
    const cookie = `k=${anonymous.issueKey}`;
    const side = router.decide('GET', '/profiles/1', { cookie }).side;
    for (const token of ['Bearer a', 'Bearer b', 'Bearer c', 'Bearer d']) {
      expect(router.decide('GET', '/profiles/1', { cookie, authorization: token }).side).toBe(side);
    }
  });

  it('puts no credential into the cookie', () => {
    const { issueKey } = routerAt(50).decide('GET', '/profiles/1', { authorization: 'Bearer secret' });
    expect(issueKey).toMatch(/^[\w-]{22}$/);
    expect(issueKey).not.toContain('secret');
  });
});

describe('whom somebody put on a side', () => {
  const headers = { 'x-user-id': 'u1' };
  const at = (router: CanaryRouter, more: { [name: string]: string } = {}) =>
    router.decide('GET', '/shared', { ...headers, ...more });

  it('is a tester, above all else, and even without a key', () => {
    for (const forced of ['control', 'candidate'] as const) {
      const router = routerBy({ '*': true }, { forced, pins: { u1: 'candidate' } });
      expect(at(router)).toMatchObject({ side: forced, why: 'forced' });
      expect(router.decide('GET', '/shared', {})).toMatchObject({ side: forced, why: 'forced' });
    }
  });

  it('is a user whom an operator pinned, by his cookie or by what his key sources say', () => {
    const router = routerBy({ '*': 100 }, { pins: { u1: 'control' } });
    expect(at(router)).toMatchObject({ side: 'control', why: 'pinned' });
    expect(at(router, { cookie: 'k=anonymous' })).toMatchObject({ side: 'control', why: 'pinned' });
    expect(router.decide('GET', '/shared', { cookie: 'k=u1' }).why).toBe('pinned');
    expect(router.decide('GET', '/shared', { cookie: 'k=u2' }).side).toBe('candidate');
  });

  it('is a user whom the candidate has failed, as long as the candidate would have him', () => {
    const rescued = ['u1', 'ann'];
    expect(at(routerBy({ '*': 100 }, { rescued }))).toMatchObject({ side: 'control', why: 'pinned' });
    expect(at(routerBy({ '*': 0 }, { rescued }))).toMatchObject({ side: 'control', why: 'bucket' });
    expect(at(routerBy({ '*': 100 }, { rescued, pins: { u1: 'candidate' } }))).toMatchObject({
      side: 'candidate',
      why: 'pinned',
    });
  });

  it('is a user on the list, at weight 0 too, under the form that his key has', () => {
    const ann = { 'x-user-id': 'ann@example.org' };
    expect(routerAt(0).decide('GET', '/shared', ann)).toMatchObject({ side: 'candidate', why: 'allowed' });
    const withCookie = { ...ann, cookie: 'k=anonymous' };
    expect(routerAt(0).decide('GET', '/shared', withCookie).why).toBe('allowed');
    const rescued = [keyOf('ann@example.org', false)];
    expect(routerBy({ '*': 0 }, { rescued }).decide('GET', '/shared', ann)).toMatchObject({
      side: 'control',
      why: 'pinned',
    });
  });

  it('goes back to the control with a rollback, whoever put him there', () => {
    const router = routerBy({ shared: true, '*': 100 }, { pins: { u1: 'candidate' } });
    const everybody: { [name: string]: string }[] = [
      {},
      { 'x-plan': 'beta' },
      { 'x-user-id': 'ann@example.org' },
    ];
    for (const one of everybody)
      expect(at(router, one)).toMatchObject({ side: 'control', why: 'bucket', dial: 'shared' });
  });

  it('says nothing about the weight, unlike all others', () => {
    expect((['forced', 'pinned', 'allowed'] as const).every(isSteered)).toBe(true);
    expect((['bucket', 'no-key', 'no-route', 'rescue'] as const).some(isSteered)).toBe(false);
  });
});

describe('a cohort', () => {
  const decide = (router: CanaryRouter, headers: { [name: string]: string }) =>
    router.decide('GET', '/shared', { 'x-user-id': 'u1', ...headers });

  it('goes by a weight of its own, under the bucket of the route', () => {
    const percent = bucketOf('shared', 'u1') / 100;
    const below = routerBy({ shared: 0, 'shared:beta': percent });
    expect(decide(below, { 'x-plan': 'beta' })).toMatchObject({ side: 'control', dial: 'shared:beta' });
    const above = routerBy({ shared: 0, 'shared:beta': percent + 0.01 });
    expect(decide(above, { 'x-plan': 'staff' })).toMatchObject({
      side: 'candidate',
      why: 'bucket',
      dial: 'shared:beta',
      weight: { weightPercent: percent + 0.01 },
    });
    for (const plan of ['free', 'Beta', '']) expect(decide(above, { 'x-plan': plan }).dial).toBe('shared');
  });

  it("goes by the route's weight until it has one", () => {
    expect(decide(routerBy({ shared: 100 }), { 'x-plan': 'beta' })).toMatchObject({
      side: 'candidate',
      dial: 'shared',
    });
  });

  it('is the first that a request belongs to', () => {
    const router = routerBy({ shared: 0, 'shared:beta': 100, 'shared:swiss': 0 });
    expect(decide(router, { 'x-plan': 'beta', 'x-country': 'CH' }).dial).toBe('shared:beta');
    expect(decide(router, { 'x-country': 'CH' }).dial).toBe('shared:swiss');
  });
});
