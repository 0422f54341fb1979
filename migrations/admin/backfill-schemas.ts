import { z } from 'zod';
import { messageOf } from '../../services/core/index.ts';
import { parseBatchesAtOnce } from '../backfill/throttle/batches-at-once.ts';
import { parseRate, RATE_UNITS } from '../backfill/throttle/rate.ts';

const signed = { by: z.string(), atMs: z.number() };
const rate = { perSecond: z.number(), unit: z.enum(RATE_UNITS) };
const batchesAtOnce = { floor: z.int(), ceiling: z.int() };

const progressSchema = z
  .object({
    plan: z.string(),
    activity: z.string().describe('`copying`, `paused`, …'),
    done: z.int(),
    total: z.int().describe('An estimate, never below `done`.'),
    counts: z.record(z.string(), z.number()),
    elapsedMs: z.number(),
    perSecond: z.number(),
    etaMs: z.number().optional().describe('Absent until there is a rate.'),
    throttle: z.string().optional().describe('What slows it down, as a sentence; absent while nothing does.'),
    workers: z.int().optional(),
    partitions: z
      .array(
        z.object({
          id: z.string(),
          state: z.enum(['waiting', 'copying', 'done']),
          done: z.int(),
          total: z.int(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Progress' });

const workerSchema = z
  .object({
    name: z.string(),
    sinceMs: z.number(),
    savedAtMs: z.number(),
    perSecond: z.number(),
    throttle: z.string().optional(),
  })
  .meta({ id: 'Worker' });

const neverRunSchema = z
  .object({ plan: z.string(), status: z.literal('never-run') })
  .meta({ id: 'NeverRun' });

const runSchema = z
  .object({
    id: z.string(),
    plan: z.string(),
    status: z.enum(['running', 'paused', 'stopped', 'copied', 'cancelled']),
    startedAtMs: z.number(),
    sourcePosition: z.string(),
    replayFromMs: z.number().optional(),
    filter: z.string().optional().describe('Extended JSON of a query.'),
    partitionCount: z.int(),
    orders: z
      .object({
        paused: z.object(signed).optional(),
        rate: z.object({ ...rate, ...signed }).optional(),
        concurrency: z.object({ ...batchesAtOnce, ...signed }).optional(),
      })
      .describe('What operators want of it now.'),
    ended: z.object({ as: z.enum(['copied', 'cancelled']), atMs: z.number() }).optional(),
    progress: progressSchema,
    workers: z.array(workerSchema),
  })
  .meta({ id: 'BackfillRun' });

/** A plan's newest run: the same document as `banyan backfill status --json`. */
export const backfillSchema = z.union([neverRunSchema, runSchema]).meta({ id: 'Backfill' });

/** Every plan's newest run, those of its fresh sinks after it, without partitions. */
export const backfillsSchema = z.object({ backfills: z.array(backfillSchema) }).meta({ id: 'Backfills' });

/** One line of a backfill's history, the newest first. */
export const ordersSchema = z
  .object({
    orders: z.array(
      z.object({
        atMs: z.number(),
        by: z.string(),
        run: z.string(),
        action: z.enum(['pause', 'resume', 'cancel', 'throttle', 'concurrency']),
        rate: z.object(rate).optional(),
        range: z.object(batchesAtOnce).optional(),
      }),
    ),
  })
  .meta({ id: 'BackfillOrders' });

/** What a person would type, read by the parser of the command line; `off` is `undefined`. */
const typed = <T>(parse: (text: string) => T) =>
  z
    .string()
    .max(40)
    .transform((text, context): T | undefined => {
      try {
        return text === 'off' ? undefined : parse(text);
      } catch (thrown) {
        context.addIssue({ code: 'custom', message: messageOf(thrown) });
        return z.NEVER;
      }
    });

/** A rate for all who work on a run. */
export const throttleSchema = z.strictObject({
  rate: typed(parseRate).describe(
    'At most so much a second over all who work on the run: `500` documents, `5MB`, `200wu` (write units), or `off`.',
  ),
});

/** A range for each who works on a run. */
export const concurrencySchema = z.strictObject({
  batches: typed(parseBatchesAtOnce).describe(
    'How many batches each worker writes at once: `8`, or between `2-32`, or `off` for what the plan says.',
  ),
});
