import { z } from 'zod';
import { isWeightPercent } from '../routing/weight.ts';

/** What a step has to show before the next one, and what turns it back. */
const guardsSchema = z.strictObject({
  /** Optional: defaults to 100. With fewer requests of the candidate in the step, nothing is decided. */
  minimumRequests: z.int().min(1).default(100),
  /** Optional: defaults to 1. Per cent by which the candidate's error ratio may exceed the control's. */
  maxErrorExcessPercent: z.number().min(0).max(100).default(1),
  /** Optional: defaults to 5. Errors that are too few to judge by. */
  toleratedFailures: z.int().min(0).default(5),
  /** Optional: defaults to 2. Times the control's p99 that the candidate's may reach. */
  maxLatencyRatio: z.number().min(1).default(2),
  /** Optional: defaults to 250. A p99 below this many milliseconds is never too slow. */
  latencyFloorMs: z.number().min(0).default(250),
});

const stepSchema = z.strictObject({
  weightPercent: z.number().refine(isWeightPercent, 'is 0 to 100 in steps of 0.01'),
  /** How long the step is watched at the least. */
  bakeMs: z.int().min(0),
});

/** A ramp as it is wanted: rising steps, and the guards that watch each. */
export const rampPlanSchema = z.strictObject({
  steps: z
    .array(stepSchema)
    .min(1)
    .refine(
      (steps) => steps.every(({ weightPercent }, at) => weightPercent > (steps[at - 1]?.weightPercent ?? 0)),
      {
        message: 'each step is above the one before',
      },
    ),
  guards: guardsSchema.prefault({}),
});

export type RampPlan = z.infer<typeof rampPlanSchema>;
export type RampGuards = RampPlan['guards'];
