import { z } from 'zod';
import type { AnswerTransform } from '../forwarding/answer-transform.ts';
import { engineSchema, hooksHaveTheirEngine } from '../forwarding/engine-config.ts';
import { isAddressOrRange } from '../forwarding/trusted-proxies.ts';
import { rampProblems, rampsConfigSchema, routeRampSchema } from '../ramp/ramps-config.ts';
import { keySchema, traitSchema } from './request-value.ts';
import { routeProblems } from './route-problems.ts';
import { shadowSchema } from './shadow-config.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const NAME = /^[a-z][a-z0-9-]*$/;
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'is an address, as http://monolith.internal:3000' })
  .refine((url) => !/[?#@]/.test(url), 'has no query, fragment or credentials');
const pathPattern = z.string().regex(/^\/[^?#]*$/, 'starts with / and has no query');
const testerValue = z.string().regex(/^[!-~]{16,}$/, 'is a secret of 16 or more visible characters');
const maxSockets = z.int().min(1).default(256);

const breakerSchema = z.strictObject({
  /** Optional: defaults to 5. Failures in a row after which the candidate is asked no more. */
  failures: z.int().min(1).default(5),
  /** Optional: defaults to 5,000. After which one request is let through to see. */
  retryAfterMs: z.int().min(1).default(5_000),
});

const rescueSchema = z.strictObject({
  /**
   * Optional: defaults to 256. Requests that the control answers at once in the candidate's place; above that the
   * candidate's failure is the answer.
   */
  maxAtOnce: z.int().min(0).default(256),
  /** Optional: defaults to 600,000. How long a user stays with the control once it rescued him; 0: not at all. */
  pinMs: z.int().min(0).max(86_400_000).default(600_000),
});

/** A longer list belongs into a header or claim that names the cohort. */
const MAX_ALLOWED = 10_000;

/** Users with a weight of their own, told by what their requests carry. */
const cohortSchema = z.strictObject({
  /** Required. Where to look: `{ header: 'x-country' }`, `{ jwt: { header: 'authorization', claim: 'plan' } }`. */
  by: traitSchema,
  /** Required. Letter case counts. */
  values: z.array(z.string().min(1)).min(1),
});

/** For a candidate whose contract differs from the one that clients know. */
const transformSchema = z.strictObject({
  /** Required. Makes the known answer of one of the candidate's JSON answers; other answers pass as they are. */
  answer: z.custom<AnswerTransform>((value) => typeof value === 'function', 'is a function of an answer'),
  /** Optional: defaults to 1,048,576. A larger answer, encoded or decoded, is a failure of the candidate. */
  maxBytes: z.int().min(1).max(16_777_216).default(1_048_576),
});

const routeSchema = z
  .strictObject({
    /** Optional: defaults to GET and HEAD. */
    methods: z.array(z.enum(METHODS)).min(1).default(['GET', 'HEAD']),
    /** Required. As in Express: `/profiles/:id`. Letter case and a trailing slash count. */
    path: pathPattern,
    candidate: z
      .strictObject({
        /** Required. The new service's address; may have a base path. */
        url: httpUrl,
        /** Optional: defaults to the request's own path. A path on the candidate: `/:id`. */
        rewrite: pathPattern.optional(),
        /** Optional: its answers are those that clients know. */
        transform: transformSchema.optional(),
        /** Optional: defaults to 3,000. Until the answer's head; an upload that moves on extends it. */
        timeoutMs: z.int().min(1).default(3_000),
        /** Optional: defaults to 256. Connections at once; more requests wait for one, within `timeoutMs`. */
        maxSockets,
        ...engineSchema,
        breaker: breakerSchema.prefault({}),
      })
      .refine(...hooksHaveTheirEngine),
    /** Optional: defaults to Banyan's own cookie alone. */
    key: z.array(keySchema).default([]),
    /** Optional: defaults to the route's name. Routes with one salt move the same users together. */
    salt: z.string().min(1).optional(),
    /** Optional. Keys whose users the candidate serves at any weight, until a rollback. */
    allow: z.array(z.string().min(1)).max(MAX_ALLOWED).default([]),
    /**
     * Optional. By name. The first that a request belongs to counts; until its weight is set
     * (`banyan canary set ROUTE 50 --cohort NAME`) the route's holds for it.
     */
    cohorts: z.record(z.string().regex(NAME, 'kebab-case'), cohortSchema).default({}),
    /** Optional: defaults to whether every method is GET or HEAD. Only safe requests are rescued (law 11). */
    safe: z.boolean().optional(),
    /** Optional: defaults to 65,536. A safe request with a larger body goes to the control from the start. */
    maxBodyBytes: z.int().min(0).max(16_777_216).default(65_536),
    /** Optional: defaults to true. Whether a WebSocket on this route, if GET is one of its methods, may be the candidate's. */
    upgrade: z.boolean().default(true),
    rescue: rescueSchema.prefault({}),
    /** Optional: nothing is sent to the other side. Only safe requests are. */
    shadow: shadowSchema.optional(),
    /** Optional: `banyan canary ramp start` needs `--plan`. A ramp plan, or the name of one in `ramps.plans`. */
    ramp: routeRampSchema.optional(),
  })
  .transform((route) => ({
    ...route,
    safe: route.safe ?? route.methods.every((method) => method === 'GET' || method === 'HEAD'),
  }))
  .refine(({ safe, shadow }) => safe || shadow === undefined, {
    path: ['shadow'],
    message: 'is for safe routes: a write is sent to one side, once',
  });

const routesSchema = z
  .record(z.string().regex(NAME, 'kebab-case'), routeSchema)
  .superRefine((routes, context) => {
    for (const { path, message } of routeProblems(routes)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

/** The proxy: what it listens on, the control behind it, and the routes whose traffic is shared. */
const proxySchema = z.strictObject({
  listen: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535).default(8080) })
    .prefault({}),
  /** Metrics and health: on loopback unless told otherwise. */
  admin: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535).default(9090) })
    .prefault({}),
  control: z
    .strictObject({
      /** Required. The monolith's address. */
      url: httpUrl,
      /** Optional: defaults to 30,000. Until the answer's head; an upload that moves on extends it. */
      timeoutMs: z.int().min(1).default(30_000),
      /** Optional: defaults to 256. Connections at once; more requests wait for one, within `timeoutMs`. */
      maxSockets,
      ...engineSchema,
    })
    .refine(...hooksHaveTheirEngine),
  cookie: z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9_-]+$/, 'letters, digits, - and _')
        .default('banyan_key'),
      /** Optional: defaults to true; browsers send it over HTTPS only. */
      secure: z.boolean().default(true),
      maxAgeDays: z.int().min(1).default(365),
    })
    .prefault({}),
  /**
   * Optional: without one, no cookie moves anybody. Secrets of 32 characters or more, from the environment, that sign
   * what clients carry of ours: the first signs, all are believed, so that one can follow another. Every instance
   * and every operator who runs `banyan canary force` needs them.
   */
  secrets: z.array(z.string().min(32, 'is a secret of 32 or more characters')).default([]),
  /** Optional: nobody. Who sends one of these values in `x-banyan-force` chooses his side. */
  testers: z
    .strictObject({
      control: z.array(testerValue).default([]),
      candidate: z.array(testerValue).default([]),
    })
    .prefault({})
    .superRefine(({ control, candidate }, context) => {
      for (const [at, value] of candidate.entries())
        if (control.includes(value))
          context.addIssue({
            code: 'custom',
            path: ['candidate', at],
            message: 'is a value of the control too',
          });
    }),
  /** Optional: defaults to 500, which is the most. How often every instance reads the weights. */
  pollMs: z.int().min(10).max(500).default(500),
  /** Addresses (or CIDR ranges) of load balancers whose X-Forwarded-* is believed; nobody's by default. */
  trustedProxies: z
    .array(z.string().refine(isAddressOrRange, 'is an IP address or a CIDR range, as 10.0.0.0/8'))
    .default([]),
  /** Optional: defaults to 120,000. The longest silence within an answer or an upload; event streams beat oftener. */
  idleTimeoutMs: z.int().min(1).default(120_000),
  /** Optional: defaults to 10,000. How long a stop waits for requests that are under way. */
  drainMs: z.int().min(0).default(10_000),
  /** Optional: defaults to 1. Processes that share the address; one for each processor core is the most that helps. */
  workers: z.int().min(1).max(256).default(1),
  /** Optional: defaults to true. One line a request. */
  accessLog: z.boolean().default(true),
  /** Ramps: whether this proxy carries them out, whom it tells, and plans that routes share. */
  ramps: rampsConfigSchema.prefault({}),
  routes: routesSchema,
});

export const proxyConfigSchema = proxySchema.superRefine((config, context) => {
  for (const problem of rampProblems(config)) context.addIssue({ code: 'custom', ...problem });
});

export type ProxyConfig = z.infer<typeof proxyConfigSchema>;
export type RouteConfig = z.infer<typeof routeSchema>;
