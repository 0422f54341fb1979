import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ReportedReadings } from '../../../proxy/index.ts';
import { systemClock, UsageError } from '../../../services/core/index.ts';
import { MemoryControlStore } from '../../../services/store/memory-control-store.ts';
import { eventually } from '../../support/eventually.ts';
import { type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

const user = { 'x-user-id': 'u1' };

/** Candidates that are waited for, however busy the machine is: nobody is rescued. */
const patient: NonNullable<Parameters<typeof startProxyWorld>[0]>['routes'] = (routes) =>
  Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [
      name,
      { ...route, candidate: { ...route.candidate, timeoutMs: 60_000 } },
    ]),
  );

describe('a proxy in operation', () => {
  const worlds: ProxyWorld[] = [];
  const start = async (options: Parameters<typeof startProxyWorld>[0] = {}): Promise<ProxyWorld> => {
    const world = await startProxyWorld(options);
    worlds.push(world);
    return world;
  };
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  const get = (world: ProxyWorld, path = '/profiles/1', headers: { [name: string]: string } = user) =>
    send(world.proxy.address, { path, headers });
  const admin = async (world: ProxyWorld, path: string) =>
    (await fetch(world.proxy.adminAddress + path)).text();

  it('counts requests by route, side and outcome', async () => {
    const world = await start();
    await get(world);
    await get(world, '/elsewhere');
    await get(world, '/a//b');
    world.candidate.answer = (_req, res) => void res.writeHead(500).end();
    await get(world);
    world.control.answer = (_req, res) => void res.writeHead(500).end();
    await get(world);
    const metrics = await admin(world, '/metrics');
    for (const line of [
      'banyan_proxy_requests_total{route="profiles",side="candidate",outcome="ok"} 1',
      'banyan_proxy_requests_total{route="profiles",side="candidate",outcome="rescued"} 1',
      'banyan_proxy_requests_total{route="profiles",side="candidate",outcome="error"} 1',
      'banyan_proxy_requests_total{route="-",side="control",outcome="ok"} 1',
      'banyan_proxy_requests_total{route="-",side="none",outcome="refused"} 1',
      'banyan_proxy_request_duration_seconds_count{route="profiles",side="candidate"} 3',
      'banyan_proxy_weight_percent{route="profiles"} 100',
      'banyan_proxy_breaker_state{route="profiles"} 0',
      'banyan_proxy_store_away 0',
    ]) {
      expect(metrics.split('\n')).toContain(line);
    }
    expect(metrics).toMatch(/^banyan_proxy_weight_age_seconds\{route="profiles"\} 0\.\d+$/m);
  });

  it('writes one line a request, without path, query or key', async () => {
    const world = await start();
    await get(world, '/profiles/secret-path?q=secret-query', { 'x-user-id': 'secret-key' });
    await eventually(() => expect(world.logged).toHaveLength(1));
    expect(world.logged[0]).toMatchObject({
      level: 30,
      route: 'profiles',
      method: 'GET',
      side: 'candidate',
      why: 'bucket',
      status: 200,
      ms: expect.any(Number),
      rescued: false,
    });
    expect(JSON.stringify(world.logged)).not.toContain('secret');
    world.candidate.answer = (_req, res) => void res.writeHead(500).end();
    await get(world);
    await eventually(() => expect(world.logged).toHaveLength(2));
    expect(world.logged[1]).toMatchObject({
      level: 40,
      side: 'control',
      why: 'rescue',
      status: 200,
      rescued: true,
      candidateFailure: 'status: answered 500',
    });
  });

  it('writes none when told so', async () => {
    const world = await start({ config: { accessLog: false } });
    await get(world);
    expect(world.logged).toEqual([]);
  });

  it('tells its health, its weights and its readings on the admin listener alone', async () => {
    const world = await start();
    await get(world);
    expect(JSON.parse(await admin(world, '/health'))).toEqual({ ok: true, storeAway: null });
    expect(JSON.parse(await admin(world, '/weights'))).toMatchObject({
      storeAway: null,
      routes: { profiles: { weightPercent: 100, setAtMs: expect.any(Number), ageMs: expect.any(Number) } },
    });
    expect(JSON.parse(await admin(world, '/readings'))).toMatchObject({
      profiles: { candidate: { requests: 1, failures: 0 }, control: { requests: 0, failures: 0 } },
    });
    expect((await fetch(`${world.proxy.adminAddress}/nosuch`)).status).toBe(404);
    expect((await fetch(`${world.proxy.adminAddress}/weights`, { method: 'POST' })).status).toBe(405);
    expect((await get(world, '/metrics')).body).toContain('"from":"control"');
  });

  it('keeps as many connections as a burst needed, and opens no others for the next', async () => {
    const world = await start();
    let connections = 0;
    world.control.server.on('connection', () => connections++);
    const burst = async () => {
      let release: (() => void) | undefined;
      const all = new Promise<void>((resolve) => {
        release = resolve;
      });
      let waiting = 0;
      world.control.answer = (_req, res) => {
        if (++waiting === 100) release?.();
        void all.then(() => res.end());
      };
      const answers = await Promise.all(Array.from({ length: 100 }, () => get(world, '/elsewhere')));
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await burst()).toBe(100);
    expect(connections).toBe(100);
    expect(await burst()).toBe(100);
    expect(connections).toBe(100);
  });

  it('opens no more connections than it may: the others wait', async () => {
    const world = await start({
      routes: ({ profiles }) => ({
        profiles: {
          path: '/profiles/:id',
          key: profiles?.key ?? [],
          candidate: { url: profiles?.candidate.url ?? '', maxSockets: 2 },
        },
      }),
    });
    let open = 0;
    let most = 0;
    world.candidate.answer = (_req, res) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        res.end();
      }, 20);
    };
    const answers = await Promise.all(Array.from({ length: 10 }, () => get(world)));
    expect(answers.map(({ headers }) => headers['x-banyan-side'])).toEqual(new Array(10).fill('candidate'));
    expect(most).toBe(2);
  });

  it('says which address is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(startProxyWorld({ config: { listen: { port } } })).rejects.toThrow(UsageError);
    await expect(startProxyWorld({ config: { admin: { port } } })).rejects.toThrow(
      `127.0.0.1:${port} is taken: choose another port or address`,
    );
    taken.close();
  });

  it('ends in good order: what is under way ends, nothing new begins, kept connections close', async () => {
    const world = await start();
    let finish: (() => void) | undefined;
    world.control.answer = (_req, res) => {
      finish = () => res.end('done');
    };
    const agent = new Agent({ keepAlive: true });
    const idle = send(world.proxy.address, { path: '/profiles/1', headers: user, agent });
    await idle;
    const { hostname, port } = new URL(world.proxy.address);
    const slow = request({ hostname, port, path: '/elsewhere', agent: new Agent({ keepAlive: true }) }).end();
    await eventually(() => expect(finish).toBeDefined());
    const closing = world.proxy.close();
    await eventually(async () => {
      await expect(get(world)).rejects.toThrow('ECONNREFUSED');
    });
    // While the slow one is under way still, and long before an idle connection would be closed by itself.
    await eventually(() => expect(agent.freeSockets).toEqual({}));
    finish?.();
    const [response] = await once(slow, 'response');
    expect(await text(response)).toBe('done');
    await closing;
    agent.destroy();
  });

  it('does not wait longer than it may for what never ends', async () => {
    const world = await start({ config: { drainMs: 100 } });
    world.control.answer = (_req, res) => void res.write('for ever');
    const { hostname, port } = new URL(world.proxy.address);
    const endless = request({ hostname, port, path: '/elsewhere' }).end();
    const [response] = await once(endless, 'response');
    const aborted = expect(text(response)).rejects.toThrow('aborted');
    await world.proxy.close();
    await aborted;
  });

  it('follows the dial on every instance, and moves nobody back', async () => {
    const store = new MemoryControlStore({ clock: systemClock });
    const options = { store, weightPercent: 0, routes: patient };
    const [one, two] = [await start(options), await start(options)];
    const candidateUsers = async (world: ProxyWorld): Promise<string[]> => {
      const users = Array.from({ length: 60 }, (_, at) => `user-${at}`);
      const answers = await Promise.all(users.map((id) => get(world, '/profiles/1', { 'x-user-id': id })));
      return users.filter((_, at) => answers[at]?.headers['x-banyan-side'] === 'candidate');
    };
    let before: string[] = [];
    for (const weightPercent of [0, 10, 50, 100]) {
      await one.dial('profiles', weightPercent);
      await eventually(() => {
        for (const world of [one, two])
          expect(world.proxy.canary.weights.percentOf('profiles')).toBe(weightPercent);
      });
      const after = await candidateUsers(one);
      expect(await candidateUsers(two)).toEqual(after);
      expect(after).toEqual(expect.arrayContaining(before));
      before = after;
    }
    expect(before).toHaveLength(60);
  });

  it('keeps the last weight while the store is away, and says so', async () => {
    const store = new MemoryControlStore({ clock: systemClock });
    const world = await start({ store });
    store.get = async () => {
      throw new Error('no route to host');
    };
    await eventually(async () =>
      expect(await admin(world, '/metrics')).toMatch(/^banyan_proxy_store_away 1$/m),
    );
    expect((await get(world)).headers['x-banyan-side']).toBe('candidate');
    expect(JSON.parse(await admin(world, '/health'))).toEqual({ ok: true, storeAway: 'no route to host' });
  });

  it('starts at 0 when the store is away from the first', async () => {
    const store = new MemoryControlStore({ clock: systemClock });
    const read = store.get.bind(store);
    store.get = async () => {
      throw new Error('no route to host');
    };
    const world = await start({ store });
    expect((await get(world)).headers['x-banyan-side']).toBe('control');
    store.get = read;
    await eventually(async () => expect((await get(world)).headers['x-banyan-side']).toBe('candidate'));
  });

  it('counts a user who fails again and again once, also when the control stepped in', async () => {
    const world = await start();
    world.candidate.answer = (_req, res) => void res.writeHead(500).end();
    for (let at = 0; at < 5; at++) await get(world);
    world.candidate.answer = (_req, res) => void res.end('{}');
    await get(world, '/profiles/1', { 'x-user-id': 'u2' });
    const { profiles } = JSON.parse(await admin(world, '/readings'));
    expect(profiles).toMatchObject({
      candidate: { requests: 6, failures: 5 },
      firstFailures: {
        weightPercent: 100,
        step: {
          candidate: { requests: 2, users: [expect.any(Number)] },
          control: { requests: 0, users: [] },
        },
        recent: { index: 0, candidate: { requests: 2 } },
      },
    });
  });

  it('sums the readings of all instances, each user once', async () => {
    const store = new MemoryControlStore({ clock: systemClock });
    const instances = [await start({ store }), await start({ store })];
    for (const { proxy } of instances) await proxy.canary.weights.refresh();
    for (const world of instances) {
      world.candidate.answer = (_req, res) => void res.writeHead(500).end();
      await get(world);
    }
    const reported = new ReportedReadings({ store, clock: systemClock });
    await eventually(async () => {
      await reported.refresh();
      expect((await reported.read('profiles', undefined)).totals).toMatchObject({
        candidate: { requests: 2, failures: 2, withinBounds: expect.arrayContaining([2]) },
        firstFailures: { step: { candidate: { requests: 2, users: [expect.any(Number)] } } },
        shadow: { compared: 0, mismatched: 0 },
        saturated: 0,
      });
    });
  });

  it('counts requests that find all connections to the candidate in use', async () => {
    const world = await start({
      routes: ({ profiles, ...others }) => ({
        ...others,
        ...(profiles
          ? { profiles: { ...profiles, candidate: { ...profiles.candidate, maxSockets: 2 } } }
          : {}),
      }),
    });
    const waiting: (() => void)[] = [];
    world.candidate.answer = (_req, res) => {
      waiting.push(() => res.end('{}'));
    };
    const answers = [1, 2, 3].map(() => get(world));
    await eventually(() => expect(waiting).toHaveLength(2));
    await eventually(async () =>
      expect(await admin(world, '/metrics')).toContain(
        'banyan_proxy_candidate_saturated_total{route="profiles"} 1',
      ),
    );
    for (const end of waiting.splice(0)) end();
    await eventually(() => expect(waiting).toHaveLength(1));
    for (const end of waiting) end();
    await Promise.all(answers);
  });
});
