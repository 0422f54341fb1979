import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import {
  ProxyDial,
  type RampHookConfig,
  Ramps,
  ReportedReadings,
  type RunningRamps,
  rampPlanSchema,
  startRamps,
} from '../../../proxy/index.ts';
import { systemClock } from '../../../services/core/index.ts';
import type { ControlStore } from '../../../services/store/control-store.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

// Two proxies, a controller and their users share a machine with the engines.
jest.setTimeout(120_000);
const SOON_MS = 60_000;
const SECRET = 'a secret of the tests';
const plan = (more: object = {}) =>
  rampPlanSchema.parse({
    steps: [
      { weightPercent: 20, bakeMs: 0 },
      { weightPercent: 100, bakeMs: 0 },
    ],
    guards: { minimumRequests: 10, latencyFloorMs: 20_000 },
    ...more,
  });

interface Controller {
  readonly running: RunningRamps;
  readonly registry: Registry;
  readonly failures: string[];
  leads: boolean;
}

describe('ramps of two proxies on DynamoDB', () => {
  const client = new DynamoDBClient(freshAws());
  afterAll(() => client.destroy());

  let store: ControlStore;
  let worlds: ProxyWorld[];
  let ramps: Ramps;
  let dial: ProxyDial;
  let visiting: AbortController;
  let visits: Promise<void>;
  const controllers: Controller[] = [];

  beforeEach(async () => {
    const table = await createTable(client, { partition: 'pk', sort: 'sk' });
    store = new DynamoDbControlStore({ client, table, clock: systemClock });
    const config = { accessLog: false };
    worlds = [
      await startProxyWorld({ store, config, weightPercent: 0 }),
      await startProxyWorld({ store, config, weightPercent: 0 }),
    ];
    ramps = new Ramps({ store, clock: systemClock });
    dial = new ProxyDial({ store, clock: systemClock });
    visiting = new AbortController();
    visits = Promise.resolve();
  });
  afterEach(async () => {
    visiting.abort();
    await visits;
    for (const { running } of controllers.splice(0)) await running.close();
    for (const world of worlds) await world.close();
  });

  /** `fails`: what the control store does to this controller. */
  const control = (hook?: RampHookConfig, fails?: () => boolean): Controller => {
    const registry = new Registry();
    const controller: Controller = {
      running: { close: async () => {} },
      registry,
      failures: [],
      leads: false,
    };
    const own: ControlStore = {
      get: (key) => (fails?.() ? Promise.reject(new Error('no route to host')) : store.get(key)),
      put: (key, value, revision) =>
        fails?.() ? Promise.reject(new Error('no route to host')) : store.put(key, value, revision),
      append: (log, entry) => store.append(log, entry),
      history: (log, limit) => store.history(log, limit),
    };
    const running = startRamps({
      store: own,
      routes: ['profiles'],
      dial: new ProxyDial({ store: own, clock: systemClock }),
      readings: new ReportedReadings({ store: own, clock: systemClock }),
      clock: systemClock,
      log: pino({ level: 'silent' }),
      registry,
      tickMs: 100,
      ...(hook ? { hook } : {}),
      observe: {
        led: (leads) => {
          controller.leads = leads;
        },
        failed: (message) => controller.failures.push(message),
      },
    });
    Object.assign(controller, { running });
    controllers.push(controller);
    return controller;
  };
  /** Users come and go on both proxies until the test is over. */
  const visit = () => {
    visits = (async () => {
      for (let at = 0; !visiting.signal.aborted; at++) {
        const world = worlds[at % 2];
        const headers = { 'x-user-id': `user-${at % 500}` };
        if (world) await send(world.proxy.address, { path: '/profiles/1', headers }).catch(() => undefined);
      }
    })();
  };
  const start = (more: object = {}) =>
    ramps.start('profiles', { plan: plan(more), planName: null, by: 'ann', why: 'go' });
  const order = (action: 'pause' | 'resume' | 'abort') =>
    ramps.order('profiles', { action, by: 'bob', why: 'because' });
  const happened = async () => (await ramps.read('profiles'))?.happened;
  const isPhase = (phase: string) =>
    eventually(async () => expect(await happened()).toMatchObject({ phase }), SOON_MS);
  const isHeldBy = (cause: string) =>
    eventually(async () => expect(await happened()).toMatchObject({ decision: { cause } }), SOON_MS);
  const breakCandidate = () => {
    for (const { candidate } of worlds) candidate.answer = (_req, res) => void res.writeHead(500).end();
  };
  const events = async () => (await ramps.history('profiles', 20)).map(({ event }) => event).reverse();

  it('climb to the end on the readings of both, and are watched there', async () => {
    control();
    visit();
    await start();
    await isPhase('complete');
    for (const { proxy } of worlds) expect(proxy.canary.weights.percentOf('profiles')).toBe(100);
    expect((await dial.history('profiles', 9)).map(({ toPercent }) => toPercent)).toEqual([100, 20]);
    breakCandidate();
    await isPhase('rolled-back');
    expect(await events()).toEqual(['started', 'completed', 'rolled-back']);
  });

  it('are rolled back when the candidate fails, on every proxy, and told to a signed hook', async () => {
    const told: { body: string; headers: IncomingMessage['headers'] }[] = [];
    const receiver = createServer(async (req, res) => {
      told.push({ body: await text(req), headers: req.headers });
      // The first is refused: it comes again.
      res.writeHead(told.length === 1 ? 503 : 204).end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const hook = { url: `http://127.0.0.1:${port}/ramps`, secret: SECRET, timeoutMs: 5_000, attempts: 3 };
    control(hook);
    breakCandidate();
    visit();
    await start();
    await isPhase('rolled-back');
    for (const { proxy } of worlds)
      await eventually(() => expect(proxy.canary.weights.percentOf('profiles')).toBe(0));
    const [change] = await dial.history('profiles', 1);
    expect(change).toMatchObject({
      fromPercent: 20,
      toPercent: 0,
      by: expect.stringMatching(/^ramp controller /),
      why: expect.stringMatching(/^\d+ users failed .* evidence of 10\^/),
    });
    const bodies = () => told.map(({ body }) => JSON.parse(body));
    await eventually(() => {
      expect(bodies()).toContainEqual(
        expect.objectContaining({
          type: 'ramp.rolled-back',
          route: 'profiles',
          fromPercent: 20,
          why: change?.why,
        }),
      );
      expect(bodies().filter(({ type }) => type === 'ramp.advanced')).toHaveLength(2);
    });
    for (const { body, headers } of told) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const signature = createHmac('sha256', SECRET).update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${signature}`);
    }
    receiver.close();
  });

  it('are rolled back though the hook is away, which is counted', async () => {
    const { registry } = control({ url: 'http://127.0.0.1:1', secret: SECRET, timeoutMs: 500, attempts: 1 });
    breakCandidate();
    visit();
    await start();
    await isPhase('rolled-back');
    await eventually(async () =>
      expect(await registry.metrics()).toContain('banyan_ramp_hook_total{outcome="failed"} 2'),
    );
  });

  it('are paused, resumed and aborted', async () => {
    control();
    visit();
    await start({
      steps: [
        { weightPercent: 20, bakeMs: 0, pause: true },
        { weightPercent: 100, bakeMs: 3_600_000 },
      ],
    });
    await isPhase('waiting');
    await order('pause');
    await isPhase('paused');
    await order('resume');
    await isPhase('waiting');
    await order('resume');
    await eventually(async () => expect((await dial.read('profiles')).weightPercent).toBe(100), SOON_MS);
    await order('abort');
    await isPhase('aborted');
    expect((await dial.read('profiles')).weightPercent).toBe(100);
    expect(await events()).toEqual([
      ...['started', 'waiting', 'paused', 'resumed', 'waiting', 'resumed', 'aborted'],
    ]);
  });

  it('pause when somebody turns the dial, and end when somebody rolls back', async () => {
    control();
    visit();
    await start({ steps: [{ weightPercent: 20, bakeMs: 3_600_000 }] });
    await isHeldBy('baking');
    const { revision } = await dial.read('profiles');
    await dial.set('profiles', { weightPercent: 30, by: 'eve', why: 'more', expectedRevision: revision });
    await isPhase('paused');
    expect(await happened()).toMatchObject({
      paused: { by: 'eve', why: 'the dial was turned from 20 % to 30 % by hand' },
      step: { weightPercent: 30 },
    });
    await dial.set('profiles', { weightPercent: 0, by: 'eve', why: 'smoke', expectedRevision: 'any' });
    await isPhase('rolled-back');
    expect(await happened()).toMatchObject({ ended: { by: 'eve', why: 'smoke' } });
  });

  it('hold without traffic', async () => {
    control();
    await start();
    await isHeldBy('no-data');
    expect((await dial.read('profiles')).weightPercent).toBe(20);
  });

  it('hold while a proxy is silent, and say which', async () => {
    control();
    await start();
    await isHeldBy('no-data');
    // It serves on, but nobody hears of it.
    const put = store.put.bind(store);
    let mute = '';
    store.put = async (key, value, revision) => {
      if (key.startsWith('readings:') && (mute === '' || mute === key)) {
        mute = key;
        throw new Error('no route to host');
      }
      return put(key, value, revision);
    };
    await isHeldBy('silent');
    expect((await happened())?.decision?.reason).toContain(`such as ${mute.slice('readings:'.length)} for`);
    store.put = put;
    await isHeldBy('no-data');
  });

  it('are acted on by one controller of two; when it is gone the other goes on with the evidence', async () => {
    const gone = { first: false };
    const first = control(undefined, () => gone.first);
    await eventually(() => expect(first.leads).toBe(true), SOON_MS);
    const second = control();
    visit();
    await start({
      steps: [
        { weightPercent: 20, bakeMs: 0, pause: true },
        { weightPercent: 100, bakeMs: 0 },
      ],
    });
    await isPhase('waiting');
    expect([first.leads, second.leads]).toEqual([true, false]);
    const before = await happened();
    gone.first = true;
    await eventually(() => expect([first.leads, second.leads]).toEqual([false, true]), SOON_MS);
    expect(first.failures).toContain('no route to host');
    await eventually(
      async () => expect((await happened())?.savedAtMs).toBeGreaterThan(before?.savedAtMs ?? 0),
      SOON_MS,
    );
    expect((await happened())?.step).toMatchObject({
      enteredAtMs: before?.step?.enteredAtMs,
      start: before?.step?.start,
    });
    await order('resume');
    await isPhase('complete');
  });

  it('hold while the control store is away, say so, and go on afterwards', async () => {
    const away = { now: false };
    const { failures, registry } = control(undefined, () => away.now);
    visit();
    await start({
      steps: [
        { weightPercent: 20, bakeMs: 0, pause: true },
        { weightPercent: 100, bakeMs: 0 },
      ],
    });
    await isPhase('waiting');
    away.now = true;
    await order('resume');
    await eventually(() => expect(failures).toContain('no route to host'));
    expect(await registry.metrics()).toMatch(/banyan_ramp_looks_total\{outcome="failed"\} [1-9]/);
    expect((await dial.read('profiles')).weightPercent).toBe(20);
    away.now = false;
    await isPhase('complete');
  });
});
