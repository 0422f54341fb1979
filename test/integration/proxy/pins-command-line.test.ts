import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PinBoard } from '../../../proxy/index.ts';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { send, startUpstream, type Upstream } from '../../support/proxy-world.ts';
import { type Running, startBanyan, type Variables } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../support/canary.config.ts');
const SECRET = 'a secret of thirty-two characters';
const TOKEN = 'Bearer the-token-of-ann';

// Each command is a process that loads the SDKs.
jest.setTimeout(120_000);

describe('canary pin, unpin and force, before a proxy that runs', () => {
  const aws = freshAws();
  const client = new DynamoDBClient(aws);
  let env: Variables;
  let upstreams: Upstream[];
  let proxy: Running;
  let address: string;
  beforeAll(async () => {
    upstreams = await Promise.all(['control', 'candidate'].map(startUpstream));
    env = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      BANYAN_CONTROL_TABLE: await createTable(client, { partition: 'pk', sort: 'sk' }),
      BANYAN_SECRET: SECRET,
      CONTROL_URL: upstreams[0]?.url ?? '',
      CANDIDATE_URL: upstreams[1]?.url ?? '',
    };
    proxy = startBanyan({
      config: CONFIG,
      args: 'proxy --port 0 --admin-port 0 --no-access-log'.split(' '),
      env,
    });
    if (!proxy.child.stdout) throw new Error('no pipe');
    const [line] = (await once(createInterface({ input: proxy.child.stdout }), 'line')) as [string];
    ({ address } = JSON.parse(line) as { address: string });
  }, 120_000);
  afterAll(async () => {
    proxy.child.kill('SIGKILL');
    for (const upstream of upstreams) await upstream.close();
    client.destroy();
  });

  const canary = (args: string | readonly string[], more: Variables = {}) =>
    startBanyan({
      config: CONFIG,
      args: ['canary', ...(typeof args === 'string' ? args.split(' ') : args)],
      env: { ...env, ...more },
    }).ended;
  const board = () => {
    const table = env.BANYAN_CONTROL_TABLE ?? '';
    return new PinBoard({
      store: new DynamoDbControlStore({ client, table, clock: systemClock }),
      clock: systemClock,
    });
  };
  const asked = async (headers: { [name: string]: string }, path = '/profiles/7') => {
    const method = path === '/search/users' ? 'POST' : 'GET';
    const answer = await send(address, { method, path, headers });
    return [answer.headers['x-banyan-side'], answer.headers['x-banyan-why']];
  };
  const follows = (user: string, where: readonly (string | undefined)[]) =>
    eventually(async () => expect(await asked({ 'x-user-id': user })).toEqual(where));
  const BY_WEIGHT = ['control', undefined];

  it('puts one user on a side and leaves him to the weight again, and has it in the history', async () => {
    await follows('u1', BY_WEIGHT);
    const pinned = await canary([
      'pin',
      'profiles',
      'u1',
      '--side',
      'candidate',
      '--why',
      'looks at the new page',
    ]);
    expect(pinned).toMatchObject({ code: 0, answers: [{ route: 'profiles', key: 'u1', side: 'candidate' }] });
    await follows('u1', ['candidate', 'pinned']);
    expect(await asked({ 'x-user-id': 'u2' })).toEqual(BY_WEIGHT);
    expect((await canary('get profiles')).answers).toMatchObject([
      { weightPercent: 0, pins: [{ key: 'u1', side: 'candidate', why: 'looks at the new page' }] },
    ]);
    // In place of the one before.
    await canary('pin profiles u1 --side control');
    await follows('u1', ['control', 'pinned']);
    expect(await canary('unpin profiles u1')).toMatchObject({
      code: 0,
      answers: [{ unpinned: true, side: 'control' }],
    });
    await follows('u1', BY_WEIGHT);
    expect((await canary('history profiles --pins')).answers).toMatchObject([
      { change: 'unpinned', key: 'u1' },
      { change: 'pinned', side: 'control' },
      { change: 'pinned', side: 'candidate', why: 'looks at the new page' },
    ]);
  });

  it('lets a pin end by itself, and ends all of them by a rollback', async () => {
    await canary('pin profiles u3 --side candidate');
    await follows('u3', ['candidate', 'pinned']);
    const { answers } = await canary('pin profiles u3 --side candidate --for 2s');
    expect(answers).toMatchObject([{ untilMs: expect.any(Number) }]);
    await follows('u3', BY_WEIGHT);
    expect(Date.now()).toBeGreaterThanOrEqual(Number(answers[0]?.untilMs));
    await canary('pin profiles u4 --side candidate --for 1h');
    await follows('u4', ['candidate', 'pinned']);
    await canary('rollback profiles');
    await follows('u4', BY_WEIGHT);
  });

  it('keeps of a token nothing but its hash, as the proxy does', async () => {
    const pinned = await canary(['pin', 'search', TOKEN, '--side', 'candidate', '--credentials']);
    expect(pinned.code).toBe(0);
    await eventually(async () =>
      expect(await asked({ authorization: TOKEN }, '/search/users')).toEqual(['candidate', 'pinned']),
    );
    const shown = await canary('get search');
    expect(JSON.stringify([pinned.answers, shown.answers])).not.toContain('the-token-of-ann');
    expect(shown.answers).toMatchObject([{ pins: [{ side: 'candidate' }] }]);
    expect(await canary(['unpin', 'search', TOKEN, '--credentials'])).toMatchObject({ code: 0 });
  });

  it('makes a link and a cookie by which a tester is on his side, and which nobody else can make', async () => {
    const { code, answers } = await canary('force profiles --side candidate --for 1h');
    const { link, cookie } = answers[0] as { link: string; cookie: string };
    expect(code).toBe(0);
    expect(await asked({ cookie })).toEqual(['candidate', 'forced']);
    const opened = await send(address, { path: link });
    expect(opened.headers['set-cookie']?.[0]).toContain(`${cookie};`);
    const forged = `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`;
    expect((await asked({ cookie: forged }))[1]).not.toBe('forced');
    const others = await canary('force profiles --side candidate', {
      BANYAN_SECRET: `${SECRET} of somebody else`,
    });
    expect((await asked({ cookie: String(others.answers[0]?.cookie) }))[1]).not.toBe('forced');
  });

  it.each<[string, string | readonly string[], string]>([
    [
      'a route that there is not',
      'pin profile u1 --side control',
      'there is no route "profile": did you mean profiles?',
    ],
    [
      'a side that there is not',
      'pin profiles u1 --side left',
      '"left" is not a side: give control or candidate',
    ],
    ['no side', 'pin profiles u1', "required option '--side <side>' not specified"],
    ['no key', ['pin', 'profiles', ' ', '--side', 'control'], 'the key is empty'],
    [
      'no time',
      'pin profiles u1 --side control --for soon',
      '"soon" is not a time: give a number and s, m, h or d',
    ],
    [
      'a time beyond measure',
      'pin profiles u1 --side control --for 400d',
      '"400d" is too long: at most 365d',
    ],
    [
      'somebody who is not pinned',
      'unpin profiles nobody',
      'nobody is not pinned on profiles: see banyan canary get',
    ],
    ['a side of testers that there is not', 'force profiles --side both', '"both" is not a side'],
    ['testers for years', 'force profiles --side control --for 90d', '"90d" is too long: at most 30d'],
  ])('refuses %s with a sentence, and changes nothing', async (_what, args, sentence) => {
    const before = await board().history('profiles', 99);
    expect(await canary(args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(sentence),
      answers: [],
    });
    expect(await board().history('profiles', 99)).toEqual(before);
  });

  it('says what is missing: a secret for testers, and a control store that answers for pins', async () => {
    const { BANYAN_SECRET: _, ...unsigned } = env;
    const args = 'canary force profiles --side control'.split(' ');
    expect(await startBanyan({ config: CONFIG, args, env: unsigned }).ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('give the proxy secrets'),
    });
    const away = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' };
    expect(await canary('pin profiles u1 --side control', away)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('DynamoDB does not answer'),
    });
  });
});
