import { describe, expect, it } from '@jest/globals';
import { CanaryRouter } from '../../../../proxy/routing/canary-router.ts';
import { proxyConfigSchema } from '../../../../proxy/routing/proxy-config.ts';
import { RouteTable } from '../../../../proxy/routing/route-table.ts';
import { bucketOf } from '../../../../proxy/routing/sticky-bucket.ts';

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
  },
});
const routerAt = (weightPercent: number) =>
  new CanaryRouter({ table: new RouteTable(routes), cookieName: 'k', weightOf: () => weightPercent });

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
