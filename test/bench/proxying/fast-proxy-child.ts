import { createServer } from 'node:http';
import fastProxy from 'fast-proxy';
import { servePeer, tenPercent } from './peer.ts';

/** fast-proxy on undici, one for each side, on a bare server. */
await servePeer((input) => {
  const side = tenPercent(input);
  const to = (port: number) => {
    const base = `http://127.0.0.1:${port}`;
    return [base, fastProxy({ base, undici: { connections: 256, pipelining: 1 } })] as const;
  };
  const proxies = new Map([to(input.control), to(input.candidate)]);
  return createServer((req, res) => proxies.get(side())?.proxy(req, res, req.url ?? '/', {}));
});
