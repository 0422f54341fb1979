import { z } from 'zod';
import { middlewareOptionsSchema } from './middleware-options.ts';

/** What carries requests to an upstream, as its part of the configuration says. */
export const engineSchema = {
  /** Optional: defaults to undici, which has no hooks and costs half. */
  engine: z.enum(['undici', 'http-proxy-middleware']).default('undici'),
  /** Optional, with engine http-proxy-middleware. Hooks, plugins and options of its own. */
  httpProxyMiddleware: middlewareOptionsSchema.optional(),
};

const engineOptions = z.object(engineSchema);
export type EngineOptions = z.infer<typeof engineOptions>;

/** Whether hooks are set where there is an engine that calls them; with what to say when not, as zod's `refine` takes it. */
export const hooksHaveTheirEngine: [
  (upstream: EngineOptions) => boolean,
  { path: string[]; message: string },
] = [
  ({ engine, httpProxyMiddleware }) => !httpProxyMiddleware || engine === 'http-proxy-middleware',
  { path: ['httpProxyMiddleware'], message: "needs engine: 'http-proxy-middleware'; undici has no hooks" },
];
