import { z } from 'zod';
import { rampPlanSchema } from '../ramp/ramp-plan.ts';
import { DIAL_KINDS } from '../ramp/traffic-dial.ts';
import { weightPercent, why } from './request-fields.ts';

const signature = { by: z.string(), atMs: z.number(), why: z.string() };
const percent = weightPercent;

/** How a ramp stands. */
export const rampPhase = z.enum(['running', 'waiting', 'paused', 'complete', 'rolled-back', 'aborted']);

/** What one guard found. */
const evidence = z
  .object({
    guard: z.enum(['errors', 'error-limit', 'latency', 'shadow', 'saturation']),
    verdict: z
      .enum(['against', 'doubtful', 'fine', 'unproven', 'idle'])
      .describe('`unproven`: no data to tell by, which is no success. `idle`: it has nothing to say here.'),
    log10: z.number().nullish().describe('The e-value as a power of ten.'),
    log10Needed: z.number().nullish().describe('From which power of ten it is `against`.'),
    reason: z.string(),
  })
  .meta({ id: 'Evidence' });

const decision = z
  .object({
    atMs: z.number(),
    action: z.enum(['advance', 'hold', 'rollback']),
    toPercent: percent,
    cause: z.string().describe("For programs; a guard's name when it was that one's."),
    reason: z.string().describe('A sentence with the numbers that it rests on.'),
    evidence: z.array(evidence),
  })
  .meta({ id: 'RampDecision' });

const rampPlan = rampPlanSchema.meta({ id: 'RampPlan' });

const wanted = z.object({
  id: z.string(),
  plan: rampPlan,
  planName: z.string().nullable().describe('`null`: the plan is the route’s own.'),
  started: z.object(signature),
  order: z.object({ number: z.int(), action: z.enum(['start', 'pause', 'resume', 'abort']), ...signature }),
});

const happened = z.object({
  phase: rampPhase,
  order: z.int().describe('The number of the last order that a controller has carried out.'),
  step: z
    .object({
      weightPercent: percent,
      enteredAtMs: z.number(),
      bakedMs: z.number().describe('For how long a controller has watched it.'),
      resumed: z.boolean(),
      heldSinceMs: z.number().nullable(),
    })
    .nullable(),
  paused: z.object(signature).nullable(),
  decision: decision.nullable().describe('The last one.'),
  ended: z.object(signature).nullable(),
  savedBy: z.string().nullable().describe('Which controller looked last.'),
  savedAtMs: z.number().nullable(),
});

export const rampSchema = z
  .object({
    dial: z.enum(DIAL_KINDS),
    route: z.string(),
    weightPercent: percent,
    unwatchedMs: z
      .number()
      .nullable()
      .describe('For how long no controller has looked; `null` when one does.'),
    ramp: z
      .object({ wanted, happened })
      .nullable()
      .describe(
        'What is wanted, and what happened; the last one when it is over; `null` when there never was one.',
      ),
    plans: z
      .array(z.object({ name: z.string().nullable(), plan: rampPlan }))
      .describe('What may be started; `null` names the plan that the route itself has.'),
  })
  .meta({ id: 'CanaryRamp' });

export const startRampSchema = z.strictObject({
  plan: z.string().optional().describe("The name of one of the shared plans; absent: the route's own."),
  why: why.default(''),
});

export const orderRampSchema = z.strictObject({ why: why.default('') });

export const rampEventsSchema = z
  .object({
    events: z.array(
      z.object({
        atMs: z.number(),
        event: z.enum([
          'started',
          'advanced',
          'waiting',
          'paused',
          'resumed',
          'held-too-long',
          'completed',
          'rolled-back',
          'aborted',
        ]),
        ramp: z.string(),
        fromPercent: percent,
        toPercent: percent,
        by: z.string(),
        why: z.string(),
        evidence: z.array(evidence),
      }),
    ),
  })
  .meta({ id: 'RampEvents' });
