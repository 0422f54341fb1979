import { describe, expect, it } from '@jest/globals';
import { Signer } from '../../../../proxy/routing/signer.ts';
import { forceTokens, readForcePass, Testers } from '../../../../proxy/routing/testers.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

const OLD = 'the old secret of 32 characters!';
const NEW = 'the new secret of 32 characters!';
const cookie = { name: 'k', secure: true, maxAgeDays: 1 };
const values = { control: ['control-value-16'], candidate: ['candidate-value-1', 'candidate-value-2'] };

const setUp = (secrets: readonly string[] = [NEW]) => {
  const clock = new VirtualClock();
  const nowMs = () => clock.nowMs();
  const testers = new Testers({ signer: new Signer(secrets), cookieName: 'k', values, nowMs });
  const untilSeconds = clock.nowMs() / 1_000 + 60;
  const tokens = (signedWith: string, route = 'profiles') =>
    forceTokens(
      { route, side: 'candidate', untilSeconds },
      { secrets: [signedWith], cookie, nowMs: nowMs() },
    );
  const carried = (signedWith: string, route?: string) => ({
    cookie: `a=b; ${tokens(signedWith, route).setCookie.split(';')[0]}`,
  });
  return { clock, testers, tokens, carried };
};

describe("a tester's header", () => {
  it('names his side by a value that is known, on every route', () => {
    const { testers } = setUp();
    expect(testers.sideOf('any', { 'x-banyan-force': 'control-value-16' })).toBe('control');
    expect(testers.sideOf('other', { 'x-banyan-force': 'candidate-value-2' })).toBe('candidate');
  });

  it.each(['candidate', 'candidate-value-', 'candidate-value-11', ''])('is nothing with %j', (value) => {
    expect(setUp().testers.sideOf('any', { 'x-banyan-force': value })).toBeUndefined();
  });
});

describe("a tester's cookie", () => {
  it('forces the side that was signed, on its route alone, until its time is over', async () => {
    const { testers, carried, clock } = setUp();
    expect(testers.sideOf('profiles', carried(NEW))).toBe('candidate');
    expect(testers.sideOf('search', carried(NEW))).toBeUndefined();
    await clock.advance(60_000);
    expect(testers.sideOf('profiles', carried(NEW))).toBeUndefined();
  });

  it('cannot be used for another route by another name', () => {
    const { testers, carried } = setUp();
    const renamed = { cookie: carried(NEW, 'search').cookie.replace('k.force.search', 'k.force.profiles') };
    expect(testers.sideOf('profiles', renamed)).toBeUndefined();
  });

  it('is believed when any of the secrets signed it, so that one can follow another', () => {
    expect(setUp([NEW, OLD]).testers.sideOf('profiles', setUp().carried(OLD))).toBe('candidate');
    expect(setUp([NEW]).testers.sideOf('profiles', setUp().carried(OLD))).toBeUndefined();
    expect(setUp([]).testers.sideOf('profiles', setUp().carried(NEW))).toBeUndefined();
  });

  it('is not believed once anything of it was changed', () => {
    const { tokens, clock } = setUp();
    const text = tokens(NEW).link.replace('/.banyan/force/', '');
    const signer = new Signer([NEW]);
    expect(readForcePass(text, signer, clock.nowMs())).toMatchObject({
      route: 'profiles',
      side: 'candidate',
    });
    const [route = '', side = '', until = '', mark = ''] = text.split('.');
    const changed = [
      ['profile', side, until, mark],
      [route, 'control', until, mark],
      [route, side, String(Number(until) + 1), mark],
      [route, side, until, mark.slice(1)],
      [route, side, until, `${mark[0] === 'A' ? 'B' : 'A'}${mark.slice(1)}`],
      [route, side, until, `${mark.slice(1)}ü`],
      [route, side, until, mark, 'more'],
      [route, 'left', until, mark],
      [route, side, '1e99', mark],
      [''],
    ];
    for (const parts of changed)
      expect(readForcePass(parts.join('.'), signer, clock.nowMs())).toBeUndefined();
  });
});
