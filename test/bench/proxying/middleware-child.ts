import { Agent, createServer } from 'node:http';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { servePeer, tenPercent } from './peer.ts';

/** http-proxy-middleware on a bare server. */
await servePeer((input) => {
  const target = tenPercent(input);
  const agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256 });
  const proxy = createProxyMiddleware({
    target: target(),
    router: target,
    agent,
    changeOrigin: true,
    xfwd: true,
  });
  return createServer((req, res) => void proxy(req, res));
});
