import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';
import { servePeer, tenPercent } from './peer.ts';

/** @fastify/http-proxy, which uses undici. */
await servePeer(async (input) => {
  const target = tenPercent(input);
  const app = fastify({ logger: false });
  await app.register(httpProxy, {
    upstream: '',
    undici: { connections: 256, pipelining: 1 },
    replyOptions: { getUpstream: target },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
});
