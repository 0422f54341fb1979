import { z } from 'zod';
import { pin } from './pin-schemas.ts';
import { rampPhase } from './ramp-schemas.ts';
import { cohort, credentials, key, weightPercent, why } from './request-fields.ts';

const dialState = {
  weightPercent: z.number().describe("The candidate's share of the traffic."),
  setAtMs: z.number().nullable().describe('`null` while nobody has ever set it; then the weight is 0.'),
  by: z.string(),
  why: z.string(),
  rolledBack: z
    .boolean()
    .optional()
    .describe(
      'It is 0 by a rollback, which ends cohorts, lists and pins too, until the dial is turned again.',
    ),
  revision: z.int().describe('What a change has to name.'),
};

const state = {
  route: z.string(),
  ...dialState,
  ramp: z
    .object({ phase: rampPhase, planName: z.string().nullable() })
    .nullable()
    .describe('The ramp, or the last one; `null` when there never was one.'),
};

/** A route of the proxy, and how its traffic is shared. */
const proxyRouteSchema = z
  .object({
    dial: z.literal('proxy'),
    ...state,
    methods: z.array(z.string()),
    path: z.string(),
    candidate: z.string().describe("The candidate's address."),
    safe: z.boolean().describe('Whether the control answers what fails on the candidate.'),
    cohorts: z
      .array(z.object({ cohort: z.string(), ...dialState }))
      .describe("A cohort whose dial was never set goes by the route's."),
    allowed: z.int().describe('How many keys the candidate serves at any weight.'),
    pins: z.array(pin).describe('Users whom an operator has put on a side.'),
    shadowPercent: z
      .number()
      .nullable()
      .describe('`null`: no copies of requests are sent to the other side.'),
  })
  .meta({ id: 'ProxyCanary' });

/** A route that a load balancer's rule shares out: it knows no users. */
const ruleSchema = z
  .object({
    dial: z.literal('alb'),
    ...state,
    rule: z.string().describe('The ARN of the listener rule.'),
    control: z.string().describe("The ARN of the control's target group."),
    candidate: z.string().describe("The ARN of the candidate's target group."),
    stickySeconds: z.number().nullable().describe('`null`: a side is drawn for each request.'),
    trouble: z
      .string()
      .nullable()
      .describe('Why the rule cannot be read; then the weight is the one that was set last.'),
  })
  .meta({ id: 'AlbCanary' });

/** A route, and how its traffic is shared. */
export const canarySchema = z
  .discriminatedUnion('dial', [proxyRouteSchema, ruleSchema])
  .meta({ id: 'Canary' });

export const canariesSchema = z.object({ canaries: z.array(canarySchema) }).meta({ id: 'Canaries' });

export const setWeightSchema = z.strictObject({
  cohort,
  weightPercent,
  expectedRevision: z.int().min(0).describe('The revision that was seen; 0 where nobody has ever set one.'),
  why: why.default(''),
});

export const rollbackSchema = z.strictObject({ why: why.default('rollback') });

export const previewSchema = z.strictObject({
  cohort,
  toPercent: weightPercent,
  keys: z.array(key).max(10_000).default([]),
  credentials,
});

export const previewAnswerSchema = z
  .object({
    route: z.string(),
    fromPercent: z.number(),
    toPercent: z.number(),
    movingPercent: z
      .number()
      .describe('The share of the users, of a load balancer of the requests, that would change sides.'),
    keys: z.int(),
    candidateBefore: z.int(),
    candidateAfter: z.int(),
    held: z.int().describe('Keys that are pinned or allowed: no weight moves them.'),
    toCandidate: z.array(z.string()).describe('The keys that move to the candidate.'),
    toControl: z.array(z.string()).describe('The keys that move to the control.'),
    weights: z
      .object({ control: z.int(), candidate: z.int() })
      .optional()
      .describe("What a load balancer's rule would say; it draws a side for each request, of whomever."),
  })
  .meta({ id: 'CanaryPreview' });

export const changesSchema = z
  .object({
    changes: z.array(
      z.object({
        atMs: z.number(),
        fromPercent: z.number(),
        toPercent: z.number(),
        by: z.string(),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: 'CanaryChanges' });
