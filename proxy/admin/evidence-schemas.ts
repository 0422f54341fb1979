import { z } from 'zod';
import { DIAL_KINDS } from '../ramp/traffic-dial.ts';

const sideTotals = z
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
    dial: z.enum(DIAL_KINDS),
    route: z.string(),
    atMs: z.number(),
    totals: z
      .object({
        control: sideTotals,
        candidate: sideTotals,
        shadow: z.object({ compared: z.int(), mismatched: z.int() }),
        saturated: z.int(),
      })
      .nullable()
      .describe(
        'Counters that only grow, over all proxies; `null` when none serves the route, and of a load balancer.',
      ),
    step: z
      .object({ sinceMs: z.number(), control: sideTotals, candidate: sideTotals })
      .nullable()
      .describe('What both sides did since the dial was set, of a load balancer, which has no `totals`.'),
    instances: z.array(z.string()).describe('Proxies that serve the route and are heard of.'),
    behind: z
      .array(z.string())
      .describe('Those of them that do not serve the weight yet that the dial shows.'),
    silent: z
      .array(z.object({ name: z.string(), silentMs: z.number() }))
      .describe('Those that ought to be heard of and are not.'),
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
