import { afterEach, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import type { proxyConfigSchema } from '../../../proxy/routing/proxy-config.ts';
import { type ProxyWorld, send, startProxyWorld } from '../../support/proxy-world.ts';

type Candidate = z.input<typeof proxyConfigSchema>['routes'][string]['candidate'];

describe("http-proxy-middleware's own options", () => {
  let world: ProxyWorld;
  afterEach(() => world.close());

  const start = async (httpProxyMiddleware: Candidate['httpProxyMiddleware']) => {
    world = await startProxyWorld({
      engine: 'http-proxy-middleware',
      routes: ({ profiles }) => ({
        profiles: {
          path: '/profiles/:id',
          key: profiles?.key ?? [],
          candidate: { url: profiles?.candidate.url ?? '', httpProxyMiddleware },
        },
      }),
    });
  };
  const get = () =>
    send(world.proxy.address, {
      path: '/profiles/1?a=1',
      headers: { cookie: 'banyan_key=u1', 'x-from': 'client' },
    });

  it("let hooks change what goes out and what comes back, given the client's own request and response", async () => {
    const seen: unknown[] = [];
    await start({
      headers: { 'x-static': 's' },
      on: {
        proxyReq: (sent, req, res) => {
          sent.setHeader('x-hook', String(req.headers['x-from']));
          seen.push(req.url, res.headersSent);
        },
        proxyRes: (upstream) => {
          upstream.headers['x-added'] = 'a';
          upstream.headers['x-changed'] = 'new';
          delete upstream.headers['x-removed'];
        },
      },
    });
    world.candidate.answer = (req, res) => {
      res.writeHead(200, { 'X-Changed': 'old', 'X-Removed': '1', 'X-Kept': 'k', 'Content-Length': 2 });
      seen.push(req.headers['x-hook'], req.headers['x-static']);
      res.end('ok');
    };
    const { headers } = await get();
    expect(seen).toEqual(['/profiles/1?a=1', false, 'client', 's']);
    expect(headers).toMatchObject({
      'x-added': 'a',
      'x-changed': 'new',
      'x-kept': 'k',
      'x-banyan-side': 'candidate',
    });
    expect(headers).not.toHaveProperty('x-removed');
  });

  it('let plugins listen', async () => {
    const events: string[] = [];
    await start({
      plugins: [
        (server) => {
          server.on('proxyReq', (sent) => void events.push(`proxyReq ${sent.method}`));
          server.on(
            'proxyRes',
            (upstream, req) => void events.push(`proxyRes ${upstream.statusCode} ${req.url}`),
          );
        },
      ],
    });
    await get();
    expect(events).toEqual(['proxyReq GET', 'proxyRes 200 /profiles/1?a=1']);
  });

  it.each(['proxyReq', 'proxyRes'] as const)(
    'count a %s hook that throws as a failure of the candidate, and the control answers',
    async (event) => {
      await start({
        on: {
          [event]: () => {
            throw new Error('a mistake in a hook');
          },
        },
      });
      expect((await get()).headers['x-banyan-side']).toBe('control');
      expect((await get()).headers['x-banyan-side']).toBe('control');
    },
  );
});
