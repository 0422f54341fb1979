import { z } from 'zod';
import { isWeightPercent } from '../routing/weight.ts';
import { scheduleSchema } from './ramp-schedule.ts';

/** What a step has to show before the next one, and what turns it back. */
const guardsSchema = z.strictObject({
  /** Optional: defaults to 100. With fewer requests of the candidate in the step, no step is passed. */
  minimumRequests: z.int().min(1).default(100),
  /** Optional: defaults to 1. The chance in per cent that a ramp whose candidate is within its guards is turned back. */
  falseAlarmPercent: z.number().gt(0).max(50).default(1),
  /** Optional: defaults to 1.25. Times the control's share of users who fail that the candidate's may reach. */
  maxErrorRatio: z.number().min(1).default(1.25),
  /** Optional: defaults to 0.1. Per cent of requests below which failures are never too many to go on with. */
  errorFloorPercent: z.number().min(0).lt(100).default(0.1),
  /** Optional: defaults to 5. Per cent of requests that may fail, unless the control is known to fail as often. */
  maxErrorPercent: z.number().gt(0).lt(100).default(5),
  /** Optional: defaults to 2. Times the control's percentile that the candidate's may reach. */
  maxLatencyRatio: z.number().min(1).default(2),
  /** Optional: defaults to 250. A percentile below this many milliseconds is never too slow. */
  latencyFloorMs: z.number().min(0).default(250),
  /** Optional: defaults to 50 and 99. The percentiles of latency that are compared. */
  latencyPercentiles: z.array(z.number().gt(0).lt(100)).min(1).default([50, 99]),
  /** Optional. Per cent of compared answers that may differ; once it is set, a step without any does not pass. */
  maxMismatchPercent: z.number().gt(0).lt(100).optional(),
  /** Optional: defaults to 5. Per cent of the candidate's requests that may have to wait for a connection. */
  maxSaturatedPercent: z.number().min(0).max(100).default(5),
});

const stepSchema = z.strictObject({
  weightPercent: z.number().refine(isWeightPercent, 'is 0 to 100 in steps of 0.01'),
  /** Required. How long the step is watched at the least. */
  bakeMs: z.int().min(0),
  /** Optional: defaults to false. Once the step has passed, the next one waits for an operator's `resume`. */
  pause: z.boolean().default(false),
});

/** A ramp as it is wanted: rising steps, and the guards that watch each. */
export const rampPlanSchema = z.strictObject({
  steps: z
    .array(stepSchema)
    .min(1, 'has at least one step')
    .refine(
      (steps) => steps.every(({ weightPercent }, at) => weightPercent > (steps[at - 1]?.weightPercent ?? 0)),
      {
        message: 'each step is above the one before',
      },
    ),
  guards: guardsSchema.prefault({}),
  /** Optional: at any time. When the ramp may advance; it is turned back whenever it has to be. */
  schedule: scheduleSchema.optional(),
  /** Optional: defaults to 3,600,000. After which a step that has baked and does not pass is told to the hook. */
  holdTooLongMs: z.int().min(1).default(3_600_000),
});

export type RampPlan = z.infer<typeof rampPlanSchema>;
export type RampGuards = RampPlan['guards'];
