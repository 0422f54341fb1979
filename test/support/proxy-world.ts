import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import type { z } from 'zod';
import { proxyConfigSchema } from '../../proxy/routing/proxy-config.ts';
import { weightKey } from '../../proxy/routing/weight.ts';
import { type RunningProxy, startProxy } from '../../proxy/server.ts';
import { systemClock } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { MemoryControlStore } from '../../services/store/memory-control-store.ts';

type ConfigInput = z.input<typeof proxyConfigSchema>;
type RouteInput = ConfigInput['routes'][string];

/** A server that answers as a test tells it to, and remembers what it was asked. */
export interface Upstream {
  readonly url: string;
  readonly server: Server;
  /** Requests whose body was read by `remember`. */
  readonly seen: SeenRequest[];
  /** What it does with the next requests. */
  answer: RequestListener;
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Starts an upstream that answers 200 with its name, the path and the body that it got. */
export const startUpstream = async (name: string): Promise<Upstream> => {
  const seen: SeenRequest[] = [];
  const upstream: Upstream = {
    url: '',
    server: createServer((req, res) => upstream.answer(req, res)),
    seen,
    answer: (req, res) => {
      const echo = (body: string) => {
        seen.push({ method: req.method, url: req.url, headers: req.headers, body });
        res.setHeader('content-type', 'application/json');
        res.end(JSON.stringify({ from: name, url: req.url, body }));
      };
      text(req).then(echo, () => res.destroy());
    },
    close: async () => {
      upstream.server.closeAllConnections();
      if (upstream.server.listening) await new Promise((done) => upstream.server.close(done));
    },
  };
  upstream.server.listen(0, '127.0.0.1');
  await once(upstream.server, 'listening');
  const { port } = upstream.server.address() as AddressInfo;
  return Object.assign(upstream, { url: `http://127.0.0.1:${port}` });
};

/** What carries requests: every promise of a forwarder is one of each of them. */
export const ENGINES = ['undici', 'http-proxy-middleware'] as const;

/** A control, a candidate and a proxy before them, at 100 % unless told otherwise. */
export interface ProxyWorld {
  readonly control: Upstream;
  readonly candidate: Upstream;
  readonly proxy: RunningProxy;
  readonly store: ControlStore;
  readonly logged: { [field: string]: unknown }[];
  dial(route: string, weightPercent: number): Promise<void>;
  /** Starts another proxy of the same configuration, which the caller closes. */
  anotherProxy(): Promise<RunningProxy>;
  close(): Promise<void>;
}

/** The routes of the world: a safe read, a safe POST, and writes. A rescue pins nobody, so that one user may fail often. */
const routesTo = (url: string): { [name: string]: RouteInput } => {
  const key = [{ header: 'x-user-id' }];
  const candidate = { url: `${url}/v1`, timeoutMs: 500, breaker: { failures: 1_000 } };
  const rescue = { pinMs: 0 };
  return {
    profiles: { path: '/profiles/:id', candidate: { ...candidate, rewrite: '/p/:id' }, key, rescue },
    search: {
      methods: ['POST'],
      path: '/search/users',
      candidate,
      key,
      rescue,
      safe: true,
      maxBodyBytes: 1_024,
    },
    writes: { methods: ['PUT', 'DELETE'], path: '/profiles/:id', candidate, key },
  };
};

export const startProxyWorld = async (
  options: {
    config?: Partial<ConfigInput>;
    /** Changes the routes of the world. */
    routes?: (routes: { [name: string]: RouteInput }) => { [name: string]: RouteInput };
    weightPercent?: number;
    store?: ControlStore;
    /** What carries requests to both sides. */
    engine?: (typeof ENGINES)[number];
  } = {},
): Promise<ProxyWorld> => {
  const control = await startUpstream('control');
  const candidate = await startUpstream('candidate');
  const { store = new MemoryControlStore({ clock: systemClock }), routes = (same) => same } = options;
  const { engine } = options;
  const given = {
    listen: { port: 0 },
    admin: { port: 0 },
    drainMs: 2_000,
    pollMs: 50,
    ...options.config,
    control: {
      timeoutMs: 1_000,
      ...options.config?.control,
      url: options.config?.control?.url || control.url,
    },
  };
  const carried = Object.entries(routes(routesTo(candidate.url))).map(([name, route]) => [
    name,
    { ...route, candidate: { engine, ...route.candidate } },
  ]);
  const config = proxyConfigSchema.parse({
    ...given,
    control: { engine, ...given.control },
    routes: Object.fromEntries(carried),
  });
  const dial = async (route: string, weightPercent: number) => {
    await store.put(weightKey(route), { weightPercent, setAtMs: Date.now(), by: 'test', why: '' }, 'any');
  };
  for (const route of Object.keys(config.routes)) await dial(route, options.weightPercent ?? 100);
  const logged: { [field: string]: unknown }[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) });
  const proxy = await startProxy({ config, controlStore: store, clock: systemClock, log }).catch(
    async (thrown: unknown) => {
      await Promise.all([control.close(), candidate.close()]);
      throw thrown;
    },
  );
  const anotherProxy = () => startProxy({ config, controlStore: store, clock: systemClock, log });
  const close = async () => {
    await Promise.all([control.close(), candidate.close()]);
    await proxy.close();
  };
  return { control, candidate, proxy, store, logged, dial, anotherProxy, close };
};

/** Writes bytes to a server and answers all that it sends until it closes the connection. */
export const rawExchange = async (address: string, bytes: string): Promise<string> => {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.write(bytes, 'latin1');
  socket.setTimeout(5_000, () => socket.destroy(new Error('the server did not close the connection')));
  return text(socket);
};

/** One request by Node's own client, which shows what `fetch` hides. */
export const send = async (
  address: string,
  options: {
    method?: string;
    path: string;
    headers?: { [name: string]: string };
    body?: string | Buffer;
    agent?: import('node:http').Agent;
  },
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> => {
  const { hostname, port } = new URL(address);
  const { method = 'GET', path, headers = {}, body, agent } = options;
  const sent = request({ hostname, port, method, path, headers, agent });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
};

/** What the world's upstreams answer by default. */
export const fromOf = (body: string): string => (JSON.parse(body) as { from: string }).from;
