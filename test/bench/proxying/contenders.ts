import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { BanyanInput } from './banyan-child.ts';
import { moduleOf } from './module-of.ts';
import { hasNginx, startNginx } from './nginx.ts';
import type { ListeningPeer, PeerInput } from './peer.ts';
import { canPin, pin } from './processor-time.ts';
import type { Upstreams } from './upstreams-child.ts';

/** A proxy in a process of its own, which runs until it is stopped. */
export interface Contender extends ListeningPeer {
  stop(): Promise<void>;
}

const pinning = canPin();

/** Keeps a process on the processor of the proxies, or on the other one. */
export const place = (pid: number, where: 'proxies' | 'others'): void => {
  if (pinning) pin(pid, where === 'proxies' ? 0 : 1);
};

/** What a bench has to say of its place beforehand; empty when nothing is missing. */
export const missing = (): string[] => [
  ...(pinning ? [] : ['taskset or a second processor is missing: load and proxies take each other’s time']),
  ...(hasNginx() ? [] : ['nginx is missing: nothing is compared with it']),
];

const startPeer = async (name: string, input: PeerInput): Promise<Contender> => {
  const child = await startChild<ListeningPeer, null>(moduleOf(`${name}-child`), input);
  child.go();
  place(child.ready.pid, 'proxies');
  const stop = async () => {
    child.stop();
    await child.result;
  };
  return { ...child.ready, stop };
};

/** Our own proxy, whose access log goes to a file. */
export const startBanyan = async (
  upstreams: PeerInput,
  options: Pick<BanyanInput, 'engine' | 'hooks'> = { engine: 'undici', hooks: false },
): Promise<Contender> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-proxy-'));
  const input: BanyanInput = { ...upstreams, ...options, logFile: join(folder, 'access.log') };
  const banyan = await startPeer('banyan', input);
  const stop = async () => {
    await banyan.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...banyan, stop };
};

const startNginxHere = async (input: PeerInput): Promise<Contender> => {
  const nginx = await startNginx(input);
  place(nginx.pid, 'proxies');
  return nginx;
};

const hpm = 'http-proxy-middleware' as const;
const CONTENDERS = {
  banyan: (input: PeerInput) => startBanyan(input),
  'banyan on http-proxy-middleware': (input: PeerInput) => startBanyan(input, { engine: hpm, hooks: false }),
  'banyan with hooks': (input: PeerInput) => startBanyan(input, { engine: hpm, hooks: true }),
  'http-proxy-middleware in Express': (input: PeerInput) => startPeer('express', input),
  'http-proxy-middleware': (input: PeerInput) => startPeer('middleware', input),
  '@fastify/http-proxy': (input: PeerInput) => startPeer('fastify', input),
  'fast-proxy on undici': (input: PeerInput) => startPeer('fast-proxy', input),
  nginx: startNginxHere,
};

export type ContenderName = keyof typeof CONTENDERS;

/** The proxies that can run here. */
export const contenderNames = (): ContenderName[] =>
  (Object.keys(CONTENDERS) as ContenderName[]).filter((name) => name !== 'nginx' || hasNginx());

export const startContender = (name: ContenderName, input: PeerInput): Promise<Contender> =>
  CONTENDERS[name](input);

/** Both sides in one process, for as long as `work` takes. */
export const withUpstreams = async <T>(work: (upstreams: Upstreams) => Promise<T>): Promise<T> => {
  const child = await startChild<Upstreams, null>(moduleOf('upstreams-child'), null);
  child.go();
  place(child.ready.pid, 'others');
  try {
    return await work(child.ready);
  } finally {
    child.stop();
    await child.result;
  }
};
