import { describe, expect, it } from '@jest/globals';
import { forceSide } from '../../../../migrations/cli/canary-force.ts';
import { pinUser, unpinUser } from '../../../../migrations/cli/canary-pin.ts';
import { previewCanary } from '../../../../migrations/cli/canary-preview.ts';
import { setCanary } from '../../../../migrations/cli/canary-set.ts';
import { getCanary, showHistory } from '../../../../migrations/cli/canary-show.ts';
import type { CommandContext } from '../../../../migrations/cli/context.ts';
import { bucketOf, keyOf, proxyConfigSchema } from '../../../../proxy/index.ts';
import { UsageError, VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';

const makeContext = () => {
  const clock = new VirtualClock();
  const store = new MemoryControlStore({ clock });
  const values: unknown[] = [];
  const texts: string[] = [];
  const candidate = { url: 'http://c' };
  const proxy = proxyConfigSchema.parse({
    control: { url: 'http://m' },
    secrets: ['a secret of thirty-two characters'],
    routes: {
      profiles: {
        path: '/profiles/:id',
        candidate,
        allow: ['ann@example.org'],
        cohorts: { beta: { by: { header: 'x-plan' }, values: ['beta'] } },
      },
      search: { methods: ['POST'], path: '/search/users', candidate, salt: 'together' },
    },
  });
  const output = {
    json: false,
    interactive: false,
    line: (text = '') => void texts.push(text),
    warn: (text: string) => void texts.push(text),
    result: (value: unknown, text: string) => {
      values.push(value);
      texts.push(text);
    },
  };
  const used = { clock, output, config: async () => ({ proxy }), controlStore: async () => store };
  // What these commands use of a context.
  return { context: used as unknown as CommandContext, store, values, texts };
};

const kind = 'proxy' as const;
const change = { kind, route: 'profiles', why: '', yes: true, mayOverwrite: false } as const;
const linesOf = async function* (lines: readonly string[]) {
  yield* lines;
};

describe('canary set', () => {
  it('turns the dial, says what changed, and writes it down', async () => {
    const { context, values, texts, store } = makeContext();
    expect(await setCanary(context, { ...change, percent: '12.34', why: 'first' })).toBe(0);
    expect(values).toMatchObject([{ route: 'profiles', fromPercent: 0, toPercent: 12.34, changed: true }]);
    expect(texts).toEqual([expect.stringMatching(/^profiles: 0 % → 12\.34 % \(by \S+\)$/)]);
    expect(await store.get('weight:profiles')).toMatchObject({
      value: { weightPercent: 12.34, why: 'first' },
    });
    expect(await store.history('canary:profiles', 9)).toMatchObject([
      { entry: { fromPercent: 0, toPercent: 12.34 } },
    ]);
  });

  it('changes nothing when the dial is there already', async () => {
    const { context, texts, store } = makeContext();
    await setCanary(context, { ...change, percent: '5' });
    expect(await setCanary(context, { ...change, percent: '5' })).toBe(0);
    expect(texts.at(-1)).toBe('profiles is at 5 % already');
    expect(await store.history('canary:profiles', 9)).toHaveLength(1);
  });

  it('writes a rollback down even when the dial is at 0', async () => {
    const { context, store } = makeContext();
    await setCanary(context, { ...change, percent: '0', why: 'to be sure', mayOverwrite: true });
    await setCanary(context, { ...change, percent: '0', why: 'to be sure', mayOverwrite: true });
    expect(await store.history('canary:profiles', 9)).toHaveLength(2);
  });

  it('changes nothing where nobody can be asked', async () => {
    const { context, store } = makeContext();
    const refused = setCanary(context, { ...change, percent: '5', yes: false });
    await expect(refused).rejects.toThrow(/^profiles: 0 % → 5 % needs somebody's consent.* add --yes$/);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    expect(await store.get('weight:profiles')).toBeUndefined();
  });

  it('does not overwrite what another operator set meanwhile, but a rollback does', async () => {
    const { context, store } = makeContext();
    const read = store.get.bind(store);
    const meddling = async <T>(key: string) => {
      const found = await read<T>(key);
      if (found) return found;
      await store.put('weight:profiles', { weightPercent: 50, setAtMs: 1, by: 'bob', why: '' }, 'any');
      return undefined;
    };
    store.get = meddling;
    await expect(setCanary(context, { ...change, percent: '5' })).rejects.toThrow('it was changed meanwhile');
    expect(await setCanary(context, { ...change, percent: '0', mayOverwrite: true })).toBe(0);
    expect(await read('weight:profiles')).toMatchObject({ value: { weightPercent: 0 } });
  });

  it.each(['0.001', 'lots', '101', ''])('refuses %j', async (percent) => {
    await expect(setCanary(makeContext().context, { ...change, percent })).rejects.toThrow(
      /is not a weight: give/,
    );
  });
});

describe('an unknown route', () => {
  it.each(['profile', 'constructor', ''])('%j is answered with the nearest', async (route) => {
    const { context } = makeContext();
    const commands = [
      () => setCanary(context, { ...change, route, percent: '5' }),
      () => getCanary(context, kind, route),
      () => showHistory(context, { kind, route, limit: '5' }),
      () => previewCanary(context, { kind, route, to: '5', credentials: false, lines: linesOf(['a']) }),
    ];
    for (const command of commands) {
      await expect(command()).rejects.toThrow(
        /^there is no route ".*": did you mean .+\? \(known: profiles, search\)$/,
      );
    }
  });
});

describe('canary get and history', () => {
  it('tell what is set, by whom, and why', async () => {
    const { context, texts, values } = makeContext();
    await setCanary(context, { ...change, percent: '5', why: 'first' });
    await setCanary(context, { ...change, percent: '0', why: 'errors', mayOverwrite: true });
    texts.length = 0;
    values.length = 0;
    await getCanary(context, kind, undefined);
    expect(texts).toEqual([
      expect.stringMatching(
        /^profiles +0 % {2}rolled back 2023-11-14T22:13:20\.001Z by \S+: errors\n {2}profiles:beta +as the route\n {2}1 allowed at any weight$/,
      ),
      expect.stringMatching(/^search +0 % {2}never set$/),
    ]);
    expect(values).toMatchObject([
      { route: 'profiles', weightPercent: 0, revision: 2 },
      { route: 'search', setAtMs: null, revision: 0 },
    ]);
    await showHistory(context, { kind, route: 'profiles', limit: '20' });
    expect(texts.slice(2)).toEqual([
      expect.stringMatching(/^2023-11-14T22:13:20\.000Z +5 % → +0 % {2}\S+: errors$/),
      expect.stringMatching(/^2023-11-14T22:13:20\.000Z +0 % → +5 % {2}\S+: first$/),
    ]);
    await showHistory(context, { kind, route: 'search', limit: '20' });
    expect(texts.at(-1)).toBe('nobody has turned the dial of search');
  });

  it('refuse a limit that is none', async () => {
    await expect(showHistory(makeContext().context, { kind, route: 'profiles', limit: 'x' })).rejects.toThrow(
      '--limit x is not a number',
    );
  });
});

describe('canary preview', () => {
  const users = Array.from({ length: 200 }, (_, at) => `u${at}`);

  it('names who moves from what is set to what is tried', async () => {
    const { context, values, texts } = makeContext();
    await setCanary(context, { ...change, percent: '10' });
    const lines = linesOf([...users, '', ' u1 ']);
    await previewCanary(context, { kind, route: 'profiles', to: '25', credentials: false, lines });
    const moving = users.filter(
      (id) => bucketOf('profiles', id) >= 1_000 && bucketOf('profiles', id) < 2_500,
    );
    expect(values.at(-1)).toMatchObject({ fromPercent: 10, toPercent: 25, keys: 200, toCandidate: moving });
    expect(texts.at(-1)).toContain(`→ candidate  ${moving[0]}`);
  });

  it('hashes credentials as the proxy does, under the salt of the route, and shows them as they were given', async () => {
    const { context, values } = makeContext();
    const tokens = users.map((id) => `Bearer ${id}`);
    await previewCanary(context, {
      kind,
      route: 'search',
      to: '50',
      credentials: true,
      lines: linesOf(tokens),
    });
    const moving = tokens.filter((token) => bucketOf('together', keyOf(token, true)) < 5_000);
    expect(values.at(-1)).toMatchObject({ toCandidate: moving });
  });

  it('says how many without any key, and warns where keys were expected', async () => {
    const { context, texts } = makeContext();
    const preview = (lines: AsyncIterable<string> | undefined) =>
      previewCanary(context, { kind, route: 'profiles', to: '12.5', credentials: false, lines });
    await preview(undefined);
    const share = 'profiles: 0 % → 12.5 % moves 12.5 % of its users to the candidate: 1,250 of every 10,000';
    expect(texts).toEqual([share]);
    await preview(linesOf([' ']));
    expect(texts.slice(1)).toEqual([share, expect.stringContaining('there was no key on stdin')]);
  });

  it('leaves where they are those who are pinned or allowed', async () => {
    const { context, values, texts } = makeContext();
    await pinUser(context, { route: 'profiles', key: 'u1', side: 'control', credentials: false, why: '' });
    const lines = linesOf(['u1', 'u2', 'ann@example.org']);
    await previewCanary(context, { kind, route: 'profiles', to: '100', credentials: false, lines });
    expect(values.at(-1)).toMatchObject({
      ...{ keys: 3, held: 2, candidateBefore: 1, candidateAfter: 2, toCandidate: ['u2'], toControl: [] },
    });
    expect(texts.at(-1)).toContain('2 of them are pinned or allowed: no weight moves them');
  });

  it("goes by a cohort's own weight, or the route's until it has one, and by a rollback above all", async () => {
    const { context, values } = makeContext();
    const preview = async () => {
      const lines = linesOf(['ann@example.org']);
      const options = { kind, route: 'profiles', cohort: 'beta', to: '60', credentials: false, lines };
      await previewCanary(context, options);
      return values.at(-1);
    };
    await setCanary(context, { ...change, percent: '10' });
    expect(await preview()).toMatchObject({ cohort: 'beta', fromPercent: 10, movingPercent: 50 });
    await setCanary(context, { ...change, cohort: 'beta', percent: '50' });
    expect(await preview()).toMatchObject({ fromPercent: 50, movingPercent: 10, toCandidate: [] });
    await setCanary(context, { ...change, percent: '0', mayOverwrite: true });
    expect(await preview()).toMatchObject({ fromPercent: 0, toCandidate: ['ann@example.org'] });
  });
});

describe('the dial of a cohort', () => {
  it('is turned by itself, and has a history of its own', async () => {
    const { context, texts, store } = makeContext();
    await setCanary(context, { ...change, percent: '5' });
    await setCanary(context, { ...change, cohort: 'beta', percent: '50', why: 'friends' });
    expect(texts.at(-1)).toMatch(/^profiles:beta: as the route → 50 % \(by \S+\)$/);
    expect(await store.get('weight:profiles')).toMatchObject({ value: { weightPercent: 5 } });
    expect(await store.get('weight:profiles:beta')).toMatchObject({ value: { weightPercent: 50 } });
    await showHistory(context, { kind, route: 'profiles', cohort: 'beta', limit: '20' });
    expect(texts.at(-1)).toMatch(/0 % → +50 % {2}\S+: friends$/);
    await getCanary(context, kind, 'profiles');
    expect(texts.at(-1)).toMatch(/^profiles +5 % .*\n {2}profiles:beta +50 % {2}since .*: friends\n/);
  });

  it('must be one that the route has', async () => {
    const { context } = makeContext();
    await expect(setCanary(context, { ...change, cohort: 'bet', percent: '5' })).rejects.toThrow(
      'profiles has no cohort "bet": known: beta',
    );
    await expect(
      setCanary(context, { ...change, route: 'search', cohort: 'beta', percent: '5' }),
    ).rejects.toThrow('search has no cohorts');
  });

  it('tells that the route is rolled back, and what comes back with it', async () => {
    const { context, texts } = makeContext();
    await setCanary(context, { ...change, percent: '0', mayOverwrite: true });
    await setCanary(context, { ...change, cohort: 'beta', percent: '50' });
    expect(texts.at(-1)).toBe('profiles is rolled back: its cohorts follow once its own dial is set');
    await setCanary(context, { ...change, percent: '0' });
    expect(texts.at(-1)).toMatch(
      /^profiles: 0 % \(rolled back\) → 0 % .*; the weights of its cohorts and the users it allows come back with it$/,
    );
  });
});

describe('canary pin, unpin and force', () => {
  const user = { route: 'profiles', key: 'u1', credentials: false, why: 'support' };

  it('puts a user on a side for a time, shows it, and takes it away', async () => {
    const { context, texts, store } = makeContext();
    await pinUser(context, { ...user, side: 'candidate', for: '1h' });
    expect(texts.at(-1)).toMatch(
      /^profiles: u1 pinned to the candidate until 2023-11-14T23:13:20\.000Z by \S+: support$/,
    );
    await getCanary(context, kind, 'profiles');
    expect(texts.at(-1)).toContain('\n  u1 pinned to the candidate until 2023-11-14T23:13:20.000Z');
    await unpinUser(context, user);
    expect(await store.get('pins')).toMatchObject({ value: { pins: [] } });
    await showHistory(context, { kind, route: 'profiles', pins: true, limit: '5' });
    expect(texts.slice(-2)).toEqual([
      expect.stringMatching(/u1 unpinned from the candidate {2}\S+: support$/),
      expect.stringMatching(/u1 pinned to the candidate until 2023-11-14T23:13:20\.000Z {2}\S+: support$/),
    ]);
    await expect(unpinUser(context, user)).rejects.toThrow('u1 is not pinned on profiles');
  });

  it('keeps no credential', async () => {
    const { context, store } = makeContext();
    await pinUser(context, { ...user, key: 'Bearer top-secret', credentials: true, side: 'control' });
    const pins = JSON.stringify(await store.get('pins'));
    expect(pins).toContain(keyOf('Bearer top-secret', true));
    expect(pins).not.toContain('top-secret');
  });

  it.each([
    [{ side: 'left' }, '"left" is not a side: give control or candidate'],
    [{ side: 'control', for: '1 week' }, '"1 week" is not a time: give a number and s, m, h or d, as 1h'],
    [{ side: 'control', for: '999d' }, '"999d" is too long: at most 365d'],
    [{ side: 'control', key: ' ' }, 'the key is empty'],
  ])('refuses %j', async (flags, message) => {
    await expect(pinUser(makeContext().context, { ...user, ...flags })).rejects.toThrow(message);
  });

  it("makes a tester's link and cookie, which end with their time", async () => {
    const { context, values, texts } = makeContext();
    await forceSide(context, { route: 'profiles', side: 'candidate', for: '1h' });
    const untilSeconds = 1_700_003_600;
    expect(values).toMatchObject([
      {
        link: expect.stringMatching(`^/\\.banyan/force/profiles\\.candidate\\.${untilSeconds}\\.[\\w-]{22}$`),
        cookie: expect.stringMatching(
          `^banyan_key\\.force\\.profiles=profiles\\.candidate\\.${untilSeconds}\\.`,
        ),
        setCookie: expect.stringContaining('; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure'),
      },
    ]);
    expect(texts[0]).toContain('the candidate for whoever has this, until 2023-11-14T23:13:20.000Z');
  });
});
