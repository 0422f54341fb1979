import { Agent, createServer } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { servePeer, tenPercent } from './peer.ts';

/** http-proxy-middleware as its users mount it: in Express. */
await servePeer((input) => {
  const target = tenPercent(input);
  const agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256 });
  const app = express();
  app.use(createProxyMiddleware({ target: target(), router: target, agent, changeOrigin: true, xfwd: true }));
  return createServer(app);
});
