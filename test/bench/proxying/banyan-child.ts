import type { ClientRequest, IncomingMessage } from 'node:http';
import { pino } from 'pino';
import { type ProxyConfig, proxyConfigSchema, startProxy, weightKey } from '../../../proxy/index.ts';
import { logDestination } from '../../../proxy/metrics/log-destination.ts';
import { sizeHeapForTraffic } from '../../../proxy/size-heap.ts';
import { systemClock } from '../../../services/core/index.ts';
import { MemoryControlStore } from '../../../services/store/memory-control-store.ts';
import { aborted, serveParent } from '../child.ts';
import type { ListeningPeer, PeerInput } from './peer.ts';

/** Our own proxy, with all that it does for a canary. */
export interface BanyanInput extends PeerInput {
  readonly engine: ProxyConfig['control']['engine'];
  /** Whether the middleware's hooks are set, on the engine that has them. */
  readonly hooks: boolean;
  /** Where the access log goes. */
  readonly logFile: string;
}

const addsHeader = (sent: ClientRequest) => void sent.setHeader('x-hook', '1');
const changesHeader = (upstream: IncomingMessage) => {
  upstream.headers['x-powered-by'] = 'Banyan';
};

await serveParent<BanyanInput, ListeningPeer, null>(async (input, parent) => {
  sizeHeapForTraffic();
  const { control, candidate, hooks, logFile } = input;
  const engine = {
    engine: input.engine,
    ...(hooks ? { httpProxyMiddleware: { on: { proxyReq: addsHeader, proxyRes: changesHeader } } } : {}),
  };
  const route = {
    key: [{ header: 'x-user-id' }],
    candidate: { url: `http://127.0.0.1:${candidate}`, ...engine },
  };
  const config = proxyConfigSchema.parse({
    listen: { port: 0 },
    admin: { port: 0 },
    control: { url: `http://127.0.0.1:${control}`, ...engine },
    routes: { profiles: { ...route, path: '/profiles/:id' }, names: { ...route, path: '/names/:id' } },
  });
  const controlStore = new MemoryControlStore({ clock: systemClock });
  const weight = { weightPercent: 10, setAtMs: 1, by: 'bench', why: '' };
  for (const name of Object.keys(config.routes)) await controlStore.put(weightKey(name), weight, 'any');
  const log = pino({}, logDestination({ dest: logFile, shared: false }));
  const proxy = await startProxy({ config, controlStore, clock: systemClock, log });
  await parent.ready({ pid: process.pid, port: Number(new URL(proxy.address).port) });
  await aborted(parent.stop);
  await proxy.close();
  return null;
});
