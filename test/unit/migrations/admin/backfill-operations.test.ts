import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backfillOperations } from '../../../../migrations/admin/backfill-operations.ts';
import type { BackfillRun } from '../../../../migrations/backfill/checkpoint-store.ts';
import { ControlCheckpointStore } from '../../../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { reportOf } from '../../../../migrations/backfill/run-report.ts';
import { UsageError, VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';
import { type StartedAdmin, startedAdmin } from '../../../support/started-admin.ts';

const T0 = 1_700_000_000_000;
const run: BackfillRun = {
  id: 'run-1',
  plan: 'things',
  startedAtMs: T0,
  sourcePosition: '1.1',
  filter: '{"country":"CH"}',
  replayFromMs: T0 - 1,
  partitionCount: 2,
  orders: {},
};
const partition = (number: number) => ({
  number,
  partition: { id: `int-${number}`, from: null, to: null, bsonType: 'int', estimated: 100 },
  position: null,
  done: number === 0,
  read: 50,
  written: 48,
  stale: 1,
  rejected: 1,
  ...(number === 1
    ? {
        owner: {
          name: 'host:1',
          sinceMs: T0,
          savedAtMs: T0 + 900,
          perSecond: 25,
          throttle: 'the sink is busy',
        },
      }
    : {}),
});

describe('the API of backfills', () => {
  let admin: StartedAdmin;
  let store: MemoryControlStore;
  let checkpoints: ControlCheckpointStore;
  const clock = new VirtualClock(T0 + 1_000);
  beforeEach(async () => {
    store = new MemoryControlStore({ clock });
    checkpoints = new ControlCheckpointStore({ control: store });
    const plans = ['things', 'others'];
    const operations = backfillOperations({
      control: async () => store,
      clock,
      plans: async () => plans,
      requirePlan: async (name) => {
        if (!plans.includes(name)) throw new UsageError(`there is no plan ${name}: did you mean things?`);
      },
    });
    admin = await startedAdmin(operations, { clock });
  });
  afterEach(() => admin.close());

  const begin = async (more: Partial<BackfillRun> = {}) => {
    const begun = { ...run, ...more };
    await checkpoints.save(begun, 0);
    for (const number of [0, 1]) await checkpoints.savePartition(begun, partition(number), 0);
  };
  const path = '/api/v1/backfills/things';

  it('lists every plan with its newest run, and spares the partitions', async () => {
    await begin();
    const { status, json } = await admin.get('/api/v1/backfills');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      backfills: [
        { plan: 'things', status: 'running', progress: { done: 100, total: 200, workers: 1 } },
        { plan: 'others', status: 'never-run' },
      ],
    });
    expect(JSON.stringify(json)).not.toContain('int-1');
  });

  it('lists the fresh sinks of a plan after it, each once, as soon as they have a run', async () => {
    await begin({ plan: 'things@things-3' });
    await begin({ plan: 'things@things-2' });
    const again = (await checkpoints.load('things@things-2'))?.revision ?? 0;
    await checkpoints.save({ ...run, plan: 'things@things-2', startedAtMs: T0 + 1 }, again);
    await expect(checkpoints.save({ ...run, plan: 'things@things-3' }, 0)).rejects.toThrow('revision');
    await begin({ plan: 'gone@sink' });
    const { json } = await admin.get('/api/v1/backfills');
    expect((json as { backfills: { plan: string }[] }).backfills.map(({ plan }) => plan)).toEqual([
      'things',
      'things@things-2',
      'things@things-3',
      'others',
    ]);
  });

  it('answers all that is known of a run, as the command line does', async () => {
    expect((await admin.get(path)).json).toEqual({ plan: 'things', status: 'never-run' });
    await begin();
    const { json } = await admin.get(path);
    // Every field is in the schema, or it would not have left.
    expect(json).toEqual(JSON.parse(JSON.stringify(await reportOf(checkpoints, 'things', clock.nowMs()))));
    expect(json).toMatchObject({ progress: { partitions: [{ id: 'int-0' }, { id: 'int-1' }] } });
  });

  it('gives orders in the name of the bearer, answers what then is, and writes them down', async () => {
    await begin();
    const paused = { orders: { paused: { by: 'otto', atMs: clock.nowMs() } } };
    expect((await admin.write('POST', `${path}/pause`)).json).toMatchObject({ status: 'paused', ...paused });
    expect((await checkpoints.load('things'))?.value).toMatchObject(paused);

    const resumed = await admin.write('POST', `${path}/resume`);
    expect(resumed.json).toMatchObject({ status: 'running', orders: {} });
    expect(resumed.json).not.toHaveProperty('orders.paused');

    const rate = { perSecond: 5_000_000, unit: 'bytes' };
    expect((await admin.write('PUT', `${path}/throttle`, { rate: '5MB' })).json).toMatchObject({
      orders: { rate },
    });
    const off = await admin.write('PUT', `${path}/throttle`, { rate: 'off' });
    expect(off.json).not.toHaveProperty('orders.rate');

    const range = { floor: 2, ceiling: 32 };
    expect((await admin.write('PUT', `${path}/concurrency`, { batches: '2-32' })).json).toMatchObject({
      orders: { concurrency: range },
    });
    expect((await admin.write('POST', `${path}/cancel`)).json).toMatchObject({
      status: 'cancelled',
      ended: { as: 'cancelled' },
    });

    const { json } = await admin.get(`${path}/history`);
    const by = { by: 'otto', run: 'run-1', atMs: clock.nowMs() };
    expect(json).toEqual({
      orders: [
        { ...by, action: 'cancel' },
        { ...by, action: 'concurrency', range },
        { ...by, action: 'throttle' },
        { ...by, action: 'throttle', rate },
        { ...by, action: 'resume' },
        { ...by, action: 'pause' },
      ],
    });
    expect(await admin.get(`${path}/history?limit=2`)).toMatchObject({ json: { orders: [{}, {}] } });
  });

  it('says when there is nobody to obey', async () => {
    const nobody = { status: 409, json: { error: { code: 'conflict' } } };
    expect(await admin.write('POST', `${path}/pause`)).toMatchObject(nobody);
    await begin({ ended: { as: 'copied', atMs: T0 } });
    const over = await admin.write('POST', `${path}/resume`);
    expect(over).toMatchObject(nobody);
    expect(over).toMatchObject({
      json: { error: { message: 'the backfill of things is over: it was copied' } },
    });
  });

  it('names the nearest plan for one that is not there', async () => {
    for (const unknown of ['/thing', '/thing/history', '/thing/events'])
      expect(await admin.get(`/api/v1/backfills${unknown}`)).toMatchObject({
        status: 404,
        json: { error: { code: 'not-found', message: 'there is no plan thing: did you mean things?' } },
      });
    for (const action of ['pause', 'resume', 'cancel'])
      expect(await admin.write('POST', `/api/v1/backfills/thing/${action}`)).toMatchObject({ status: 404 });
  });

  it.each([
    ['throttle', { rate: 'fast' }, 'body.rate'],
    ['throttle', { rate: '-5' }, 'body.rate'],
    ['throttle', {}, 'body.rate'],
    ['throttle', { rate: '5', why: 'x' }, 'body'],
    ['concurrency', { batches: '5-1' }, 'body.batches'],
    ['concurrency', { batches: 5 }, 'body.batches'],
  ])('refuses %s of %j', async (what, body, problem) => {
    await begin();
    expect(await admin.write('PUT', `${path}/${what}`, body)).toMatchObject({
      status: 400,
      json: { error: { code: 'invalid', problems: [{ path: problem }] } },
    });
    expect((await checkpoints.load('things'))?.value.orders).toEqual({});
  });

  it('lets a viewer order nothing', async () => {
    await begin();
    for (const action of ['pause', 'resume', 'cancel'])
      expect(await admin.writeAsViewer('POST', `${path}/${action}`)).toMatchObject({ status: 403 });
    for (const what of ['throttle', 'concurrency'])
      expect(await admin.writeAsViewer('PUT', `${path}/${what}`)).toMatchObject({ status: 403 });
    expect((await checkpoints.load('things'))?.value.orders).toEqual({});
  });

  it('tells what changes, live', async () => {
    await begin({ ended: { as: 'copied', atMs: T0 + 500 } });
    const views = [admin.events('/api/v1/events/backfills'), admin.events(`${path}/events`)];
    const first = await Promise.all(views.map((view) => view.next()));
    expect(first).toMatchObject([
      { value: { event: 'backfills', data: { backfills: [{ status: 'copied' }, { status: 'never-run' }] } } },
      { value: { event: 'backfill', data: { status: 'copied', progress: { partitions: [{}, {}] } } } },
    ]);
    // Nothing changes, and nothing is told, until another run begins.
    await clock.advance(5_000);
    await checkpoints.save({ ...run, startedAtMs: T0 + 7_000 }, 1);
    const next = Promise.all(views.map((view) => view.next()));
    await clock.advance(1_000);
    expect(await next).toMatchObject([
      { value: { data: { backfills: [{ status: 'running', startedAtMs: T0 + 7_000 }, {}] } } },
      { value: { data: { status: 'running' } } },
    ]);
    for (const view of views) await view.return(undefined);
  });
});
