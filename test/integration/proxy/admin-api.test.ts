import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import type { readingsSchema } from '../../../proxy/admin/evidence-schemas.ts';
import type { rampSchema } from '../../../proxy/admin/ramp-schemas.ts';
import { bucketOf } from '../../../proxy/index.ts';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { RULE, startCanaryWorld } from '../../support/canary-world.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { type ProxyWorld, send } from '../../support/proxy-world.ts';
import { type StartedAdmin, startedAdmin } from '../../support/started-admin.ts';

const client = new DynamoDBClient(freshAws());
afterAll(() => client.destroy());

const user = { 'x-user-id': 'u1' };
const path = '/api/v1/canary/profiles';

describe('the API of canaries, before two proxies on DynamoDB', () => {
  let canary: Awaited<ReturnType<typeof startCanaryWorld>>;
  let worlds: ProxyWorld[];
  let admin: StartedAdmin;
  beforeEach(async () => {
    const table = await createTable(client, { partition: 'pk', sort: 'sk' });
    canary = await startCanaryWorld({
      store: new DynamoDbControlStore({ client, table, clock: systemClock }),
      shadow: { percent: 100, noisePercent: 0 },
      plans: { slow: { steps: [{ weightPercent: 50, bakeMs: 3_600_000 }] } },
    });
    worlds = canary.worlds;
    admin = await startedAdmin(canary.operations);
  });
  afterEach(async () => {
    await admin.close();
    await canary.close();
  });

  const sideAt = async ({ proxy }: ProxyWorld) =>
    (await send(proxy.address, { path: '/profiles/1', headers: user })).headers['x-banyan-side'];
  const allServe = (side: string) =>
    eventually(async () => expect(await Promise.all(worlds.map(sideAt))).toEqual([side, side]));
  const addresses = () => worlds.map(({ proxy }) => proxy.adminAddress);
  const revisionOf = async () => ((await admin.get(path)).json as { revision: number }).revision;

  const rampIs = (happened: object) =>
    eventually(
      async () => expect((await admin.get(`${path}/ramp`)).json).toMatchObject({ ramp: { happened } }),
      15_000,
    );

  it('sets a weight that every proxy follows, and says who did it', async () => {
    const expectedRevision = await revisionOf();
    const body = { weightPercent: 100, expectedRevision, why: 'first users' };
    expect(await admin.write('PUT', `${path}/weight`, body)).toMatchObject({
      status: 200,
      json: {
        route: 'profiles',
        weightPercent: 100,
        by: 'otto',
        why: 'first users',
        revision: expectedRevision + 1,
      },
    });
    await allServe('candidate');
    expect((await admin.write('POST', `${path}/rollback`)).json).toMatchObject({
      weightPercent: 0,
      by: 'otto',
    });
    await allServe('control');
    expect((await admin.get(`${path}/history`)).json).toMatchObject({
      changes: [
        { fromPercent: 100, toPercent: 0, by: 'otto', why: 'rollback' },
        { fromPercent: 0, toPercent: 100, by: 'otto', why: 'first users' },
      ],
    });
    expect((await admin.get(`${path}/history?limit=1`)).json).toMatchObject({ changes: [{ toPercent: 0 }] });
  });

  it('lets one of two be first, and a rollback lose to nobody', async () => {
    const expectedRevision = await revisionOf();
    const set = (weightPercent: number) =>
      admin.write('PUT', `${path}/weight`, { weightPercent, expectedRevision });
    const both = await Promise.all([set(10), set(20)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 409)?.json).toMatchObject({
      error: { code: 'revision-conflict' },
    });
    const revision = await revisionOf();
    const [rollback] = await Promise.all([
      admin.write('POST', `${path}/rollback`, { why: 'it burns' }),
      admin.write('PUT', `${path}/weight`, { weightPercent: 50, expectedRevision: revision }),
    ]);
    expect(rollback.status).toBe(200);
    expect((await admin.get(path)).json).toMatchObject({ weightPercent: 0, why: 'it burns' });
  });

  it('previews who would move, by the rule of the router, and moves nobody', async () => {
    const keys = Array.from({ length: 500 }, (_, i) => `user-${i}`);
    const moving = keys.filter((key) => bucketOf('profiles', key) < 2_500);
    const { status, json } = await admin.writeAsViewer('POST', `${path}/preview`, { toPercent: 25, keys });
    expect(status).toBe(200);
    expect(json).toEqual({
      route: 'profiles',
      fromPercent: 0,
      toPercent: 25,
      movingPercent: 25,
      keys: 500,
      held: 0,
      candidateBefore: 0,
      candidateAfter: moving.length,
      toCandidate: moving,
      toControl: [],
    });
    expect((await admin.get(path)).json).toMatchObject({ weightPercent: 0 });
  });

  it.each([
    ['above 100', { weightPercent: 101, expectedRevision: 1 }, 'body.weightPercent'],
    ['finer than it goes', { weightPercent: 0.001, expectedRevision: 1 }, 'body.weightPercent'],
    ['in words', { weightPercent: '5', expectedRevision: 1 }, 'body.weightPercent'],
    ['without a revision', { weightPercent: 5 }, 'body.expectedRevision'],
    ['whatever the revision', { weightPercent: 5, expectedRevision: 'any' }, 'body.expectedRevision'],
    ['with a long why', { weightPercent: 5, expectedRevision: 1, why: 'x'.repeat(501) }, 'body.why'],
  ])('refuses a weight %s', async (_how, body, problem) => {
    expect(await admin.write('PUT', `${path}/weight`, body)).toMatchObject({
      status: 400,
      json: { error: { problems: expect.arrayContaining([expect.objectContaining({ path: problem })]) } },
    });
    expect((await admin.get(path)).json).toMatchObject({ weightPercent: 0, by: 'test' });
  });

  it('lets a viewer turn nothing, and names the nearest route', async () => {
    const body = { weightPercent: 5, expectedRevision: await revisionOf() };
    expect(await admin.writeAsViewer('PUT', `${path}/weight`, body)).toMatchObject({ status: 403 });
    expect(await admin.writeAsViewer('POST', `${path}/rollback`)).toMatchObject({ status: 403 });
    const unknown = {
      status: 404,
      json: { error: { message: expect.stringContaining('did you mean profiles?') } },
    };
    for (const what of [
      '',
      '/history',
      '/readings',
      '/shadow',
      '/events',
      '/ramp',
      '/ramp/history',
      '/pins/history',
    ])
      expect(await admin.get(`/api/v1/canary/profile${what}`)).toMatchObject(unknown);
    expect(await admin.write('PUT', '/api/v1/canary/profile/weight', body)).toMatchObject(unknown);
    expect(await admin.write('POST', '/api/v1/canary/profile/rollback')).toMatchObject(unknown);
  });

  it('turns the dial of a cohort, which has a revision and a history of its own', async () => {
    const beta = { cohort: 'beta', weightPercent: 100, expectedRevision: 0, why: 'they asked' };
    expect((await admin.write('PUT', `${path}/weight`, beta)).json).toMatchObject({
      weightPercent: 0,
      cohorts: [{ cohort: 'beta', weightPercent: 100, by: 'otto', why: 'they asked', revision: 1 }],
    });
    expect(await admin.write('PUT', `${path}/weight`, beta)).toMatchObject({ status: 409 });
    expect((await admin.get(`${path}/history?cohort=beta`)).json).toMatchObject({
      changes: [{ toPercent: 100 }],
    });
    const headers = { ...user, 'x-beta': '1' };
    await eventually(async () => {
      for (const { proxy } of worlds)
        expect((await send(proxy.address, { path: '/profiles/1', headers })).headers['x-banyan-side']).toBe(
          'candidate',
        );
    });
    await allServe('control');
    const preview = { cohort: 'beta', toPercent: 50 };
    expect((await admin.writeAsViewer('POST', `${path}/preview`, preview)).json).toMatchObject({
      fromPercent: 100,
      movingPercent: 50,
      keys: 0,
    });
    const unknown = {
      status: 404,
      json: { error: { message: expect.stringContaining('did you mean beta?') } },
    };
    expect(await admin.write('PUT', `${path}/weight`, { ...beta, cohort: 'bet' })).toMatchObject(unknown);
    expect(await admin.get(`${path}/history?cohort=bet`)).toMatchObject(unknown);
  });

  it('pins one user to a side, and leaves him to the weight again', async () => {
    const pin = { key: 'u1', side: 'candidate', forMs: 3_600_000, why: 'looks at the page' };
    const pinned = { key: 'u1', side: 'candidate', by: 'otto', why: 'looks at the page' };
    expect((await admin.write('POST', `${path}/pin`, pin)).json).toMatchObject({ pins: [pinned] });
    await allServe('candidate');
    const preview = { toPercent: 0.01, keys: ['u1'] };
    expect((await admin.writeAsViewer('POST', `${path}/preview`, preview)).json).toMatchObject({ held: 1 });
    expect((await admin.write('POST', `${path}/unpin`, { key: 'u1' })).json).toMatchObject({ pins: [] });
    await allServe('control');
    expect((await admin.get(`${path}/pins/history`)).json).toMatchObject({
      changes: [{ change: 'unpinned' }, { change: 'pinned', ...pinned, untilMs: expect.any(Number) }],
    });
    expect(await admin.write('POST', `${path}/unpin`, { key: 'u1' })).toMatchObject({ status: 404 });
    expect(await admin.writeAsViewer('POST', `${path}/pin`, pin)).toMatchObject({ status: 403 });
    expect(await admin.write('POST', `${path}/pin`, { ...pin, side: 'both' })).toMatchObject({ status: 400 });
  });

  it('lists every route, and tells live when a dial is turned', async () => {
    const profiles = {
      route: 'profiles',
      weightPercent: 0,
      by: 'test',
      path: '/profiles/:id',
      methods: ['GET', 'HEAD'],
      safe: true,
      shadowPercent: 100,
    };
    expect((await admin.get('/api/v1/canary')).json).toMatchObject({
      canaries: [profiles, { route: 'search', shadowPercent: null }, { route: 'web' }],
    });
    const view = admin.events('/api/v1/events/canary');
    expect(await view.next()).toMatchObject({
      value: { event: 'canaries', data: { canaries: [profiles, {}, {}] } },
    });
    const turned = { weightPercent: 12.34, expectedRevision: await revisionOf() };
    await admin.write('PUT', `${path}/weight`, turned);
    expect(await view.next()).toMatchObject({
      value: { data: { canaries: [{ weightPercent: 12.34, by: 'otto' }, {}, {}] } },
    });
    await view.return(undefined);
  });

  it('adds up what all proxies have counted, live, and names who serves', async () => {
    const view = admin.events(`${path}/events`);
    for (const world of worlds) await sideAt(world);
    for await (const { event, data } of view) {
      if (event !== 'readings') continue;
      const { totals, instances, silent } = data as z.output<typeof readingsSchema>;
      if (totals?.control.requests !== 2 || instances.length !== 2) continue;
      expect(silent).toEqual([]);
      break;
    }
    expect((await admin.get(`${path}/readings`)).json).toMatchObject({
      totals: { control: { requests: 2, failures: 0 }, candidate: { requests: 0 } },
      latencyBoundsMs: expect.arrayContaining([50, 1_000]),
    });
  });

  it('starts a ramp that a controller carries out, and pauses, resumes and aborts it', async () => {
    const never = (await admin.get(`${path}/ramp`)).json;
    expect(never).toMatchObject({
      ramp: null,
      unwatchedMs: null,
      plans: [{ name: 'slow', plan: { steps: [{}] } }],
    });
    expect(await admin.write('POST', `${path}/ramp/pause`)).toMatchObject({ status: 409 });
    // The route has no plan of its own.
    expect(await admin.write('POST', `${path}/ramp/start`)).toMatchObject({ status: 404 });

    const started = await admin.write('POST', `${path}/ramp/start`, { plan: 'slow', why: 'tuesday' });
    expect(started.json).toMatchObject({
      ramp: { wanted: { planName: 'slow', started: { by: 'otto', why: 'tuesday' } } },
    });
    expect(await admin.write('POST', `${path}/ramp/start`, { plan: 'slow' })).toMatchObject({ status: 409 });
    await rampIs({ phase: 'running', step: { weightPercent: 50 } });
    expect((await admin.get(path)).json).toMatchObject({
      weightPercent: 50,
      ramp: { phase: 'running', planName: 'slow' },
    });

    await Promise.all(worlds.map(sideAt));
    await admin.write('POST', `${path}/ramp/pause`, { why: 'lunch' });
    await rampIs({ phase: 'paused', paused: { by: 'otto', why: 'lunch' } });
    await admin.write('POST', `${path}/ramp/resume`);
    await rampIs({ phase: 'running', paused: null });
    for await (const { event, data } of admin.events(`${path}/events`)) {
      // What the controller found with both proxies heard of: the candidate was asked by nobody, or too rarely.
      const { decision } = (data as z.output<typeof rampSchema>).ramp?.happened ?? {};
      if (event === 'ramp' && decision?.action === 'hold' && decision.reason !== '') break;
    }
    await admin.write('POST', `${path}/ramp/abort`, { why: 'enough' });
    await rampIs({ phase: 'aborted', ended: { by: 'otto', why: 'enough' } });
    expect((await admin.get(`${path}/ramp/history`)).json).toMatchObject({
      events: expect.arrayContaining(
        ['started', 'paused', 'resumed', 'aborted'].map((event) =>
          expect.objectContaining({ event, by: 'otto' }),
        ),
      ),
    });
    expect(await admin.writeAsViewer('POST', `${path}/ramp/start`, { plan: 'slow' })).toMatchObject({
      status: 403,
    });
    expect((await admin.write('POST', `${path}/ramp/start`, { plan: 'slow' })).status).toBe(200);
  });

  it('shows how answers differ, as each proxy has found, redacted, and which did not say', async () => {
    const [first] = worlds;
    if (first) await sideAt(first);
    await eventually(async () => {
      const { json } = await admin.get(`${path}/shadow`);
      expect(json).toMatchObject({
        away: [],
        reports: [{ proxy: addresses()[0], compared: 1 }, { compared: 0 }],
      });
    });
    const { json } = await admin.get(`${path}/shadow`);
    // The upstreams name themselves.
    expect(json).toMatchObject({
      reports: [
        { mismatched: 1, fields: expect.arrayContaining([expect.objectContaining({ field: 'body.from' })]) },
        {},
      ],
    });
    expect(JSON.stringify((json as { reports: unknown[] }).reports[0])).not.toMatch(
      /"candidate":"candidate"/,
    );
    await worlds[1]?.close();
    expect((await admin.get(`${path}/shadow`)).json).toMatchObject({
      reports: [{ proxy: addresses()[0] }],
      away: [{ proxy: addresses()[1], why: expect.stringContaining('does not answer') }],
    });
    expect(await admin.get('/api/v1/canary/search/shadow')).toMatchObject({ status: 404 });
  });

  describe('of a load balancer, by `dial=alb`', () => {
    const rule = '/api/v1/canary/web';
    const set = (weightPercent: number, expectedRevision = 0) =>
      admin.write('PUT', `${rule}/weight?dial=alb`, { weightPercent, expectedRevision });

    it('turns a rule, previews and rolls it back, and has its history', async () => {
      expect((await admin.write('POST', `${rule}/preview?dial=alb`, { toPercent: 12.5 })).json).toMatchObject(
        {
          ...{
            fromPercent: 0,
            movingPercent: 12.5,
            weights: { control: 875, candidate: 125 },
            toCandidate: [],
          },
        },
      );
      expect((await set(5)).json).toMatchObject({ dial: 'alb', weightPercent: 5, by: 'otto', rule: RULE });
      expect(await canary.rule.weighted.read()).toEqual({ control: 95, candidate: 5 });
      expect(await set(50)).toMatchObject({ status: 409 });
      expect(await admin.write('POST', `${rule}/rollback?dial=alb`)).toMatchObject({ status: 200 });
      expect(await canary.rule.weighted.read()).toEqual({ control: 100, candidate: 0 });
      expect((await admin.get(`${rule}/history?dial=alb`)).json).toMatchObject({
        changes: [{ toPercent: 0 }, { toPercent: 5, by: 'otto' }],
      });
    });

    it('shows rules beside the routes of the proxies, also while the load balancer is away', async () => {
      await set(5);
      const listed = async () => (await admin.get('/api/v1/canary')).json;
      const proxies = [{ dial: 'proxy', route: 'profiles' }, { route: 'search' }];
      expect(await listed()).toMatchObject({
        canaries: [...proxies, { dial: 'alb', route: 'web', weightPercent: 5, trouble: null }],
      });
      canary.rule.away = true;
      expect(await listed()).toMatchObject({
        canaries: [...proxies, { route: 'web', weightPercent: 5, trouble: 'the load balancer is away' }],
      });
      expect(await admin.get(`${rule}/readings?dial=alb`)).toMatchObject({ status: 503 });
      expect(await admin.get(`${rule}/ramp?dial=alb`)).toMatchObject({
        status: 200,
        json: { weightPercent: 5 },
      });
    });

    it('shows what both sides did since the dial was set, and has ramps of its own', async () => {
      expect((await admin.get(`${rule}/readings?dial=alb`)).json).toMatchObject({ totals: null, step: null });
      await set(5);
      // One reading serves all who ask at about the same time.
      await eventually(async () =>
        expect((await admin.get(`${rule}/readings?dial=alb`)).json).toMatchObject({
          ...{ totals: null, step: { control: { requests: 9_000 }, candidate: { requests: 1_000 } } },
        }),
      );
      const started = await admin.write('POST', `${rule}/ramp/start?dial=alb`, { plan: 'slow' });
      expect(started.json).toMatchObject({
        dial: 'alb',
        weightPercent: 5,
        ramp: { wanted: { planName: 'slow' } },
      });
      expect(await admin.write('POST', `${rule}/ramp/pause?dial=alb`)).toMatchObject({ status: 200 });
      expect((await admin.get(`${rule}/ramp/history?dial=alb`)).json).toMatchObject({
        events: [{ event: 'paused' }, { event: 'started' }],
      });
      for await (const { event, data } of admin.events(`${rule}/events?dial=alb`)) {
        if (event !== 'ramp') continue;
        expect(data).toMatchObject({ dial: 'alb', ramp: { wanted: { order: { action: 'pause' } } } });
        break;
      }
    });

    it('says what a load balancer has not, and changes nothing', async () => {
      const refused = async (answer: Promise<{ status: number; json: unknown }>) => {
        const { status, json } = await answer;
        return `${status} ${(json as { error: { message: string } }).error.message}`;
      };
      expect(await refused(set(0.01))).toMatch(/^400 a load balancer cannot give the candidate 0\.01 %/);
      const preview = { toPercent: 5, keys: ['u1'] };
      expect(await refused(admin.write('POST', `${rule}/preview?dial=alb`, preview))).toMatch(
        /^400 nobody can say who moves on web/,
      );
      const pin = { key: 'u1', side: 'control' };
      expect(await refused(admin.write('POST', `${rule}/pin?dial=alb`, pin))).toBe(
        "404 a load balancer knows no pins: they are the proxy's",
      );
      expect(await refused(admin.get(`${rule}/shadow?dial=alb`))).toMatch(
        /^404 a load balancer knows no shadows/,
      );
      expect(await refused(admin.get(`${rule}/history?dial=alb&cohort=beta`))).toMatch(/^404 .*no cohorts/);
      expect(await refused(admin.get(rule))).toMatch(/^404 there is no route "web"/);
      expect(await canary.rule.weighted.read()).toEqual({ control: 100, candidate: 0 });
    });
  });
});
