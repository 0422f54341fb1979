import { z } from 'zod';
import { isWeightPercent } from '../routing/weight.ts';

const weightPercent = z
  .number()
  .min(0)
  .max(100)
  .refine(isWeightPercent, 'is a percentage in steps of 0.01')
  .describe('0 to 100 in steps of 0.01.');
const why = z.string().trim().max(500).describe('For the history.');

const dial = {
  weightPercent: z.number().describe("The candidate's share of the traffic."),
  setAtMs: z.number().nullable().describe('`null` while nobody has ever set it; then the weight is 0.'),
  by: z.string(),
  why: z.string(),
  revision: z.int().describe('What a change has to name.'),
};

/** A route, and how its traffic is shared. */
export const canarySchema = z
  .object({
    route: z.string(),
    ...dial,
    methods: z.array(z.string()),
    path: z.string(),
    candidate: z.string().describe("The candidate's address."),
    safe: z.boolean().describe('Whether the control answers what fails on the candidate.'),
    shadowPercent: z
      .number()
      .nullable()
      .describe('`null`: no copies of requests are sent to the other side.'),
  })
  .meta({ id: 'Canary' });

export const canariesSchema = z.object({ canaries: z.array(canarySchema) }).meta({ id: 'Canaries' });

export const setWeightSchema = z.strictObject({
  weightPercent,
  expectedRevision: z.int().min(0).describe('The revision that was seen; 0 where nobody has ever set one.'),
  why: why.default(''),
});

export const rollbackSchema = z.strictObject({ why: why.default('rollback') });

export const previewSchema = z.strictObject({
  toPercent: weightPercent,
  keys: z.array(z.string().min(1).max(512)).max(10_000),
  credentials: z
    .boolean()
    .default(false)
    .describe('The keys are tokens or session cookies: they are hashed as the proxy does.'),
});

export const previewAnswerSchema = z
  .object({
    route: z.string(),
    fromPercent: z.number(),
    toPercent: z.number(),
    keys: z.int(),
    candidateBefore: z.int(),
    candidateAfter: z.int(),
    toCandidate: z.array(z.string()).describe('The keys that move to the candidate.'),
    toControl: z.array(z.string()).describe('The keys that move to the control.'),
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

const side = z
  .object({
    requests: z.int(),
    failures: z.int(),
    withinBounds: z
      .array(z.int())
      .describe('Requests that took at most each of `latencyBoundsMs`; the last entry is all of them.'),
  })
  .meta({ id: 'SideTotals' });

export const readingsSchema = z
  .object({
    route: z.string(),
    atMs: z.number(),
    totals: z
      .object({
        control: side,
        candidate: side,
        shadow: z.object({ compared: z.int(), mismatched: z.int() }),
        saturated: z.int(),
      })
      .nullable()
      .describe('Counters that only grow, over all proxies; `null` when none serves the route.'),
    latencyBoundsMs: z.array(z.number()),
  })
  .meta({ id: 'CanaryReadings' });

export const shadowSchema = z
  .object({
    route: z.string(),
    reports: z.array(
      z.object({
        proxy: z.string(),
        compared: z.int(),
        mismatched: z.int(),
        controlPairs: z.int().describe("Pairs of the control's own answers, by which noise is known."),
        skipped: z.record(z.string(), z.int()).describe('What was not compared, by why.'),
        fields: z
          .array(
            z.object({
              field: z.string(),
              differed: z.int(),
              differedInControl: z.int(),
              noise: z.boolean().describe('Whether it differs no more than in the control itself.'),
              samples: z.array(
                z.object({
                  atMs: z.number(),
                  kind: z.string(),
                  control: z.unknown().optional(),
                  candidate: z.unknown().optional(),
                }),
              ),
            }),
          )
          .describe('Real differences before noise, the most frequent first. Samples are redacted.'),
      }),
    ),
    away: z.array(z.object({ proxy: z.string(), why: z.string() })).describe('Proxies that did not answer.'),
  })
  .meta({ id: 'CanaryShadow' });
