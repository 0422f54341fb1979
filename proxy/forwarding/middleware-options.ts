import type { OnProxyEvent, Plugin } from 'http-proxy-middleware';
import { z } from 'zod';

type HookName = 'proxyReq' | 'proxyRes' | 'proxyReqWs' | 'open' | 'close';

/** An interface, so that declarations name it and do not spell out types of the engine behind the package. */
export interface MiddlewareHooks extends Pick<OnProxyEvent, HookName> {}

const hook = <Name extends HookName>() =>
  z
    .custom<NonNullable<OnProxyEvent[Name]>>((value) => typeof value === 'function', 'is a function')
    .optional();

/** Where else what others of its options do is said, so that nobody has to guess. */
const ELSEWHERE: { readonly [option: string]: string } = {
  target: 'url is the target',
  router: 'routes and weights choose the target',
  pathFilter: 'path and methods of a route are the filter',
  pathRewrite: 'use rewrite',
  ws: 'WebSockets are always carried',
  xfwd: 'X-Forwarded-* is always written',
  changeOrigin: 'upstreams always get their own Host',
  timeout: 'use idleTimeoutMs',
  proxyTimeout: 'use timeoutMs',
  agent: 'use maxSockets',
  selfHandleResponse: 'the proxy writes answers, so that another side can still give them',
  followRedirects: 'redirects are the client’s to follow',
  logger: 'the access log is the log',
};

const hooks: z.ZodType<MiddlewareHooks, MiddlewareHooks> = z.strictObject({
  proxyReq: hook<'proxyReq'>(),
  proxyRes: hook<'proxyRes'>(),
  proxyReqWs: hook<'proxyReqWs'>(),
  open: hook<'open'>(),
  close: hook<'close'>(),
});

const options = z.looseObject({
  on: hooks.optional(),
  /** Called once, with a server on which they may listen. */
  plugins: z.array(z.custom<Plugin>((value) => typeof value === 'function', 'is a function')).default([]),
  /** Set on every request. */
  headers: z.record(z.string(), z.string()).optional(),
  /** `user:password`. */
  auth: z.string().optional(),
  /** Optional: defaults to true. Whether the upstream's certificate is verified. */
  secure: z.boolean().optional(),
  localAddress: z.string().optional(),
});
const TAKEN = Object.keys(options.shape);

/**
 * The options of http-proxy-middleware that an upstream may have. Its hooks get the client's own request and response. A
 * `proxyRes` hook may change the status and the headers, at once: it does not hold the answer back, and leaves the body.
 */
export const middlewareOptionsSchema = options.superRefine((given, context) => {
  for (const name of Object.keys(given)) {
    if (TAKEN.includes(name)) continue;
    const message = ELSEWHERE[name] ?? `is not one of ${TAKEN.join(', ')}`;
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

export type MiddlewareOptions = z.infer<typeof middlewareOptionsSchema>;
