import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { engineSchema, hooksHaveTheirEngine } from '../../../../proxy/forwarding/engine-config.ts';

const schema = z.strictObject(engineSchema).refine(...hooksHaveTheirEngine);
const problemsOf = (given: object): string[] =>
  (schema.safeParse(given).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe("an upstream's engine", () => {
  it('is undici unless somebody says otherwise', () => {
    expect(schema.parse({})).toEqual({ engine: 'undici' });
  });

  it('may be http-proxy-middleware with hooks, plugins and options', () => {
    const httpProxyMiddleware = {
      on: { proxyReq: () => undefined },
      plugins: [() => undefined],
      secure: false,
    };
    expect(problemsOf({ engine: 'http-proxy-middleware', httpProxyMiddleware })).toEqual([]);
  });

  it('has no hooks unless it is one that calls them', () => {
    expect(problemsOf({ httpProxyMiddleware: {} })).toEqual([
      "httpProxyMiddleware: needs engine: 'http-proxy-middleware'; undici has no hooks",
    ]);
  });

  it('says of an option that is not taken where else that is said', () => {
    const httpProxyMiddleware = { pathRewrite: {}, target: 'x', colour: 'red' };
    expect(problemsOf({ engine: 'http-proxy-middleware', httpProxyMiddleware })).toEqual([
      'httpProxyMiddleware.pathRewrite: use rewrite',
      'httpProxyMiddleware.target: url is the target',
      'httpProxyMiddleware.colour: is not one of on, plugins, headers, auth, secure, localAddress',
    ]);
    const hooks = { on: { proxyReq: 'x' } };
    expect(problemsOf({ engine: 'http-proxy-middleware', httpProxyMiddleware: hooks })).toEqual([
      'httpProxyMiddleware.on.proxyReq: is a function',
    ]);
  });
});
