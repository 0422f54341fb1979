import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshToken, tokenEntry } from '../../../services/admin/tokens.ts';
import { type AdminRequest, adminEvents, askAdmin } from '../../support/admin-client.ts';
import { eventually } from '../../support/eventually.ts';
import { type Running, resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const SLOWLY = { THINGS_PUT_MS: '300' };
const PATIENT_MS = 60_000;
const TOKEN = freshToken();

/** Where an admin server that starts listens. */
const addressOf = async ({ child }: Running): Promise<string> => {
  if (!child.stdout) throw new Error('no pipe');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return (JSON.parse(line) as { address: string }).address;
};

describe('a backfill under control over HTTP', () => {
  let things: Things;
  let admin: Running;
  let address: string;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert(Array.from({ length: 600 }, (_, i) => ({ _id: i, name: `thing ${i}` })));
    const tokens = tokenEntry({ name: 'otto', role: 'operator' }, TOKEN);
    admin = things.start(['admin', '--port', '0'], { BANYAN_ADMIN_TOKENS: tokens });
    address = await addressOf(admin);
  }, PATIENT_MS);
  afterAll(() => things.close());

  const ask = (request: AdminRequest) => askAdmin(address, { token: TOKEN, ...request });
  const path = '/api/v1/backfills/things';
  const order = (method: string, what: string, body: object = {}) =>
    ask({ method, path: `${path}/${what}`, body });

  it('obeys within the second in which it looks, and says so itself', async () => {
    expect((await order('POST', 'pause')).status).toBe(409);
    const running = things.start(['backfill', 'run', 'things'], SLOWLY);
    await eventually(
      async () => expect((await ask({ path })).json).toMatchObject({ status: 'running' }),
      PATIENT_MS,
    );

    expect((await order('PUT', 'throttle', { rate: '10wu' })).status).toBe(200);
    expect((await order('PUT', 'concurrency', { batches: '1-2' })).status).toBe(200);
    expect((await order('POST', 'pause')).json).toMatchObject({ orders: { paused: { by: 'otto' } } });
    // What the worker itself says, when it has looked: until then its throttle is another's.
    for await (const { event, data } of adminEvents(address, { path: `${path}/events`, token: TOKEN })) {
      expect(event).toBe('backfill');
      const { workers } = data as { workers: { throttle?: string }[] };
      if (workers[0]?.throttle?.startsWith('paused by otto')) break;
    }

    const { answers } = await things.banyan(['backfill', 'status', 'things']);
    const { json } = await ask({ path });
    const { progress, ...stored } = answers[0] as { progress: object };
    expect(json).toMatchObject({ ...stored, progress: { ...progress, elapsedMs: expect.any(Number) } });

    expect((await order('POST', 'resume')).json).toMatchObject({ orders: { rate: { unit: 'write units' } } });
    expect((await order('POST', 'cancel')).json).toMatchObject({ status: 'cancelled' });
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(resultOf(ended)).toMatchObject({ status: 'cancelled' });

    const history = await things.banyan(['backfill', 'history', 'things']);
    expect(history.answers.map(({ action, by }) => [action, by])).toEqual(
      ['cancel', 'resume', 'pause', 'concurrency', 'throttle'].map((action) => [action, 'otto']),
    );
  }, 180_000);

  it(
    'ends the live views and exits well when it is told to stop',
    async () => {
      const view = adminEvents(address, { path: `${path}/events`, token: TOKEN });
      await view.next();
      const rest = view.next();
      admin.child.kill('SIGTERM');
      expect(await rest).toMatchObject({ done: true });
      const { code, stderr } = await admin.ended;
      expect(code).toBe(0);
      const audits = stderr.split('\n').filter((line) => line.includes('"audit":"pauseBackfill"'));
      expect(audits.map((line) => (JSON.parse(line) as { result: number }).result)).toEqual([409, 200]);
      expect(stderr).not.toContain(TOKEN);
    },
    PATIENT_MS,
  );
});
