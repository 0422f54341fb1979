import { z } from 'zod';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const httpUrl = z.url({ protocol: /^https?$/ });
const pathPattern = z.string().regex(/^\/[^?#]*$/, 'starts with / and has no query');

/** Where a request's sticky key may be found; the first that is present counts. */
const keySchema = z.union([
  z.strictObject({ header: z.string().min(1) }),
  z.strictObject({ cookie: z.string().min(1) }),
  z.strictObject({ param: z.string().min(1) }),
]);

const routeSchema = z
  .strictObject({
    /** Optional: defaults to GET and HEAD. */
    methods: z.array(z.enum(METHODS)).min(1).default(['GET', 'HEAD']),
    /** Required. As in Express: `/profiles/:id`. */
    path: pathPattern,
    candidate: z.strictObject({
      /** Required. The new service's address; may have a base path. */
      url: httpUrl,
      /** Optional: defaults to the request's own path. A path on the candidate: `/:id`. */
      rewrite: pathPattern.optional(),
      /** Optional: defaults to 3,000. Until the answer's first byte. */
      timeoutMs: z.int().min(1).default(3_000),
    }),
    /** Optional: defaults to Banyan's own cookie alone. */
    key: z.array(keySchema).default([]),
    /** Optional: defaults to the route's name. Routes with one salt move the same users together. */
    salt: z.string().min(1).optional(),
    /** Optional: defaults to whether every method is GET or HEAD. Only safe requests are rescued (law 11). */
    safe: z.boolean().optional(),
    /** Optional: defaults to 65,536. A safe request with a larger body goes to the control from the start. */
    maxBodyBytes: z.int().min(0).default(65_536),
  })
  .transform((route) => ({
    ...route,
    safe: route.safe ?? route.methods.every((method) => method === 'GET' || method === 'HEAD'),
  }));

/** The proxy: what it listens on, the control behind it, and the routes whose traffic is shared. */
export const proxyConfigSchema = z.strictObject({
  listen: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535).default(8080) })
    .prefault({}),
  /** Metrics and health: on loopback unless told otherwise. */
  admin: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535).default(9090) })
    .prefault({}),
  control: z.strictObject({
    /** Required. The monolith's address. */
    url: httpUrl,
    /** Optional: defaults to 30,000. Until the answer's first byte. */
    timeoutMs: z.int().min(1).default(30_000),
  }),
  cookie: z
    .strictObject({
      name: z.string().default('banyan_key'),
      /** Optional: defaults to true; browsers send it over HTTPS only. */
      secure: z.boolean().default(true),
      maxAgeDays: z.int().min(1).default(365),
    })
    .prefault({}),
  /** Optional: defaults to 500. How often every instance reads the weights. */
  pollMs: z.int().min(10).default(500),
  /** Addresses (or CIDR ranges) of load balancers whose X-Forwarded-* is believed; nobody's by default. */
  trustedProxies: z.array(z.string()).default([]),
  routes: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'kebab-case'), routeSchema),
});

export type ProxyConfig = z.infer<typeof proxyConfigSchema>;
export type RouteConfig = z.infer<typeof routeSchema>;
