import { Agent, type IncomingMessage, type RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { ProxyDial, Ramps, ReportedReadings, type RunningRamps, startRamps } from '../../../proxy/index.ts';
import { rampPlanSchema } from '../../../proxy/ramp/ramp-plan.ts';
import { systemClock } from '../../../services/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

const ROUTE = 'profiles';
const WEIGHT_PERCENT = 25;
const AT_ONCE = 25;
/** By then the rarest of the faults has long been found. */
const MOST_USERS = 8_000;
/** So many pass a healthy candidate, of which no ramp may be turned back. */
const HEALTHY_USERS = 2_000;
const PLAN = rampPlanSchema.parse({ steps: [{ weightPercent: WEIGHT_PERCENT, bakeMs: 3_600_000 }] });

jest.setTimeout(120_000);

/** What clients saw. */
interface Seen {
  users: number;
  serverErrors: number;
  broken: number;
}

const status =
  (code: number): RequestListener =>
  (req, res) => {
    req.resume();
    res.writeHead(code).end('ill');
  };
const body =
  (length: number, text: string, then: (req: IncomingMessage) => void): RequestListener =>
  (req) => {
    req.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${text}`, () => then(req));
  };

describe('a ramp that nobody watches', () => {
  let world: ProxyWorld;
  let ramps: Ramps;
  let controller: RunningRamps;
  let healthy: RequestListener;
  beforeEach(async () => {
    // As an operator has it: a breaker, rescues, and pins of those who were rescued.
    world = await startProxyWorld({
      weightPercent: 0,
      routes: ({ profiles }) => ({
        profiles: {
          path: '/profiles/:id',
          key: [],
          ...profiles,
          candidate: { url: profiles?.candidate.url ?? '', timeoutMs: 500 },
          rescue: {},
        },
      }),
    });
    healthy = world.candidate.answer;
    const { store } = world;
    const clock = systemClock;
    ramps = new Ramps({ store, clock });
    await ramps.start(ROUTE, { plan: PLAN, planName: null, by: 'ann', why: 'tonight' });
    controller = startRamps({
      store,
      routes: [ROUTE],
      dial: new ProxyDial({ store, clock }),
      readings: new ReportedReadings({ store, clock }),
      clock,
      log: pino({ level: 'silent' }),
      tickMs: 100,
    });
    await eventually(() => expect(world.proxy.canary.weights.percentOf(ROUTE)).toBe(WEIGHT_PERCENT));
  });
  afterEach(async () => {
    await controller.close();
    await world.close();
  });

  /** Users come until the ramp is turned back, or so many have come. */
  const visit = async (mostUsers: number): Promise<Seen> => {
    const seen: Seen = { users: 0, serverErrors: 0, broken: 0 };
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    let over = false;
    const visitor = async () => {
      while (!over && seen.users < mostUsers) {
        const headers = { 'x-user-id': `user-${seen.users++}` };
        const answer = await send(world.proxy.address, { path: '/profiles/7', headers, agent }).catch(
          () => undefined,
        );
        if (!answer) seen.broken++;
        else if (answer.status >= 500) seen.serverErrors++;
        if (seen.users % AT_ONCE === 0) over = (await ramps.read(ROUTE))?.happened.phase === 'rolled-back';
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, visitor));
    agent.destroy();
    return seen;
  };

  const expectRolledBack = async () => {
    expect(await new ProxyDial({ store: world.store, clock: systemClock }).read(ROUTE)).toMatchObject({
      weightPercent: 0,
      by: expect.stringMatching(/^ramp controller /),
    });
    await eventually(() => expect(world.proxy.canary.weights.percentOf(ROUTE)).toBe(0));
    const answer = await send(world.proxy.address, {
      path: '/profiles/7',
      headers: { 'x-user-id': 'after' },
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'x-banyan-side': 'control' } });
  };

  let asked = 0;
  const everyNth =
    (n: number): RequestListener =>
    (req, res) =>
      asked++ % n === 0 ? status(500)(req, res) : healthy(req, res);

  it.each<[string, () => RequestListener | Promise<void>]>([
    ['is killed', () => world.candidate.close()],
    ['hangs', () => () => undefined],
    ['is slow', () => (req, res) => void setTimeout(() => healthy(req, res), 400)],
    ['resets every connection', () => (req) => void req.socket.resetAndDestroy()],
    ['answers 500 to everybody', () => status(500)],
    ['answers 500 to one in 10', () => everyNth(10)],
    ['answers 500 to one in 100', () => everyNth(100)],
  ])('is turned back, and no reader sees it, when the candidate %s', async (_what, fault) => {
    const answer = await fault();
    if (answer) world.candidate.answer = answer;
    expect(await visit(MOST_USERS)).toMatchObject({ serverErrors: 0, broken: 0 });
    await expectRolledBack();
  });

  it.each<[string, RequestListener]>([
    ['breaks off within its answers', body(1_000, 'half', (req) => req.socket.resetAndDestroy())],
    ['promises more than it sends', body(1_000, 'short', (req) => req.socket.end())],
  ])('is turned back when the candidate %s, which nobody can make good', async (_what, fault) => {
    world.candidate.answer = fault;
    const seen = await visit(MOST_USERS);
    expect(seen.serverErrors).toBe(0);
    expect(seen.broken).toBeGreaterThan(0);
    await expectRolledBack();
  });

  it('goes on where nothing is wrong', async () => {
    expect(await visit(HEALTHY_USERS)).toEqual({ users: HEALTHY_USERS, serverErrors: 0, broken: 0 });
    expect((await ramps.read(ROUTE))?.happened).toMatchObject({
      phase: 'running',
      step: { weightPercent: WEIGHT_PERCENT },
    });
    expect(world.candidate.seen.length).toBeGreaterThan(0);
  });
});
