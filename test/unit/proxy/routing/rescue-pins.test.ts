import { describe, expect, it } from '@jest/globals';
import { RescuePins } from '../../../../proxy/routing/rescue-pins.ts';
import { Signer } from '../../../../proxy/routing/signer.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

const SECRET = 'a secret of thirty-two characters';
const clock = new VirtualClock();
const instance = (options: { secrets?: string[]; maxRemembered?: number } = {}) =>
  new RescuePins({
    signer: new Signer(options.secrets ?? [SECRET]),
    cookie: { name: 'k', secure: true, maxAgeDays: 1 },
    nowMs: () => clock.nowMs(),
    maxRemembered: options.maxRemembered ?? 100,
  });
const carrying = (setCookie: string | undefined) => ({ cookie: `a=b; ${setCookie?.split(';')[0]}` });

describe('a user whom the candidate failed', () => {
  it('is remembered for his route and time, without any cookie', async () => {
    const pins = instance();
    pins.pin('profiles', 'u1', 60_000);
    expect(pins.holds('profiles', 'u1', {})).toBe(true);
    expect(pins.holds('search', 'u1', {})).toBe(false);
    expect(pins.holds('profiles', 'u2', {})).toBe(false);
    await clock.advance(60_000);
    expect(pins.holds('profiles', 'u1', {})).toBe(false);
    expect(pins.remembered('profiles')).toBe(0);
  });

  it('tells every other instance by his cookie, until his time is over', async () => {
    const setCookie = instance().pin('profiles', 'u1', 60_000);
    expect(setCookie).toMatch(
      /^k\.pin\.profiles=\d+\.[\w-]{22}; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    const other = instance();
    expect(other.holds('profiles', 'u1', carrying(setCookie))).toBe(true);
    expect(
      instance({ secrets: ['another secret of 32 characters..'] }).holds(
        'profiles',
        'u1',
        carrying(setCookie),
      ),
    ).toBe(false);
    await clock.advance(61_000);
    expect(other.holds('profiles', 'u1', carrying(setCookie))).toBe(false);
  });

  it('cannot lend his cookie to another user, or to another route', () => {
    const setCookie = instance().pin('profiles', 'u1', 60_000);
    expect(instance().holds('profiles', 'u2', carrying(setCookie))).toBe(false);
    const renamed = setCookie?.replace('k.pin.profiles', 'k.pin.search');
    expect(instance().holds('search', 'u1', carrying(renamed))).toBe(false);
    for (const value of ['', '9999999999', '9999999999.', `9999999999.${'A'.repeat(22)}`])
      expect(instance().holds('profiles', 'u1', { cookie: `k.pin.profiles=${value}` })).toBe(false);
  });

  it('has no cookie where nothing can be signed', () => {
    const pins = instance({ secrets: [] });
    expect(pins.pin('profiles', 'u1', 60_000)).toBeUndefined();
    expect(pins.holds('profiles', 'u1', {})).toBe(true);
  });

  it('is forgotten when too many came after him, the longest pinned first', () => {
    const pins = instance({ maxRemembered: 3 });
    for (const key of ['u1', 'u2', 'u3', 'u1', 'u4']) pins.pin('profiles', key, 60_000);
    expect(['u1', 'u2', 'u3', 'u4'].filter((key) => pins.holds('profiles', key, {}))).toEqual([
      'u1',
      'u3',
      'u4',
    ]);
    expect(pins.remembered('profiles')).toBe(3);
  });
});
