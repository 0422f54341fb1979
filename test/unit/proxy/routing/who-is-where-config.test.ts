import { describe, expect, it } from '@jest/globals';
import { proxyConfigSchema } from '../../../../proxy/routing/proxy-config.ts';

const problemsOf = (route: object, proxy: object = {}): string[] =>
  proxyConfigSchema
    .safeParse({
      control: { url: 'http://m' },
      routes: { profiles: { path: '/profiles/:id', candidate: { url: 'http://c' }, ...route } },
      ...proxy,
    })
    .error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

describe('the configuration of who is where', () => {
  it('takes key sources of every kind, cohorts by header, cookie and claim, and names allowed', () => {
    const problems = problemsOf({
      key: [
        { jwt: { header: 'authorization', claim: 'sub' } },
        { jwt: { cookie: 'id_token', claim: 'sub' } },
        { header: 'x-user-id' },
        { cookie: 'session' },
        { param: 'id' },
      ],
      allow: ['u1', 'ann@example.org'],
      cohorts: {
        beta: { by: { jwt: { header: 'authorization', claim: 'plan' } }, values: ['beta'] },
        swiss: { by: { header: 'x-country' }, values: ['CH', 'LI'] },
        old: { by: { cookie: 'ui' }, values: ['v1'] },
      },
      rescue: { maxAtOnce: 10, pinMs: 0 },
    });
    expect(problems).toEqual([]);
  });

  it('names cohorts that claim the same users, and what is there twice', () => {
    const problems = problemsOf({
      allow: ['u1', 'u2', 'u1'],
      cohorts: {
        beta: { by: { header: 'X-Plan' }, values: ['beta', 'staff', 'beta'] },
        staff: { by: { header: 'x-plan' }, values: ['staff'] },
        other: { by: { cookie: 'x-plan' }, values: ['staff'] },
      },
    });
    expect(problems).toEqual([
      'routes.profiles.allow.2: "u1" is there twice',
      'routes.profiles.cohorts.beta.values.2: "beta" is there twice',
      'routes.profiles.cohorts.staff.values.0: conflicts with cohort "beta": "staff" is its own',
    ]);
  });

  it('names what no cohort can be, and what is no secret', () => {
    const cohort = { by: { header: 'x-plan' }, values: ['a'] };
    expect(problemsOf({ cohorts: { 'Beta:1': cohort } })[0]).toMatch(/^routes\.profiles\.cohorts\.Beta:1: /);
    expect(problemsOf({ cohorts: { beta: { ...cohort, values: [] } } })[0]).toMatch(
      /^routes\.profiles\.cohorts\.beta\.values: /,
    );
    expect(problemsOf({ cohorts: { beta: { by: { param: 'id' }, values: ['a'] } } })[0]).toMatch(
      /^routes\.profiles\.cohorts\.beta\.by/,
    );
    expect(problemsOf({}, { secrets: ['short'] })[0]).toMatch(/^secrets\.0: /);
    expect(problemsOf({}, { testers: { control: ['short'] } })).toEqual([
      'testers.control.0: is a secret of 16 or more visible characters',
    ]);
    const value = 'sixteen-characters';
    expect(problemsOf({}, { testers: { control: [value], candidate: [value] } })).toEqual([
      'testers.candidate.0: is a value of the control too',
    ]);
  });
});
