import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { UsageError } from '../../../services/core/index.ts';
import { compileFilters, type RecordFilter } from './filter-records.ts';
import type { Position } from './streams/stream-reader.ts';

const INFINITE = -1;

/**
 * A mapping as CreateEventSourceMapping and CloudFormation spell it, with their defaults and limits:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
 * Tumbling windows and enhanced fan-out are not simulated, and refused.
 */
export const mappingConfigurationSchema = z.strictObject({
  UUID: z.string().min(1).default(randomUUID),
  FunctionArn: z.string().min(1).default('arn:aws:lambda:us-east-1:000000000000:function:handler'),
  EventSourceArn: z
    .string()
    .regex(
      /^arn:[\w-]+:kinesis:[\w-]+:\d{12}:stream\/[^/]+$/,
      'is the ARN of a stream (consumers with enhanced fan-out are not simulated)',
    )
    .default('arn:aws:kinesis:us-east-1:000000000000:stream/stream'),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']),
  StartingPositionTimestamp: z
    .union([z.date().transform((date) => date.getTime()), z.number().transform((seconds) => seconds * 1000)])
    .optional(),
  BatchSize: z.int().min(1).max(10_000).default(100),
  MaximumBatchingWindowInSeconds: z.int().min(0).max(300).default(0),
  ParallelizationFactor: z.int().min(1).max(10).default(1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumRetryAttempts: z.int().min(INFINITE).max(10_000).default(INFINITE),
  MaximumRecordAgeInSeconds: z.union([z.literal(INFINITE), z.int().min(60).max(604_800)]).default(INFINITE),
  FilterCriteria: z
    .object({
      Filters: z
        .array(z.object({ Pattern: z.string() }))
        .max(10)
        .default([]),
    })
    .default({ Filters: [] }),
  DestinationConfig: z
    .object({ OnFailure: z.object({ Destination: z.string().optional() }).optional() })
    .optional(),
  TumblingWindowInSeconds: z.literal(0, 'is not simulated').optional(),
});

/** What a person writes, or a template holds: everything but `StartingPosition` may be left out. */
export type MappingConfiguration = z.input<typeof mappingConfigurationSchema>;

/** A mapping's settings in our own words and units; infinite is `Infinity`. */
export interface MappingSettings {
  readonly id: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly startingPosition: Position;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly parallelizationFactor: number;
  readonly bisect: boolean;
  readonly reportBatchItemFailures: boolean;
  readonly maxRetryAttempts: number;
  readonly maxRecordAgeMs: number;
  readonly accepts: RecordFilter;
  readonly destinationArn: string | undefined;
}

/**
 * Checks a mapping's configuration as AWS does when it is created or updated.
 * @throws UsageError that lists every problem with its path.
 */
export const mappingSettings = (configuration: MappingConfiguration, nowMs: number): MappingSettings => {
  const parsed = mappingConfigurationSchema.safeParse(configuration);
  if (!parsed.success) {
    throw new UsageError(`the event source mapping is not valid:\n${z.prettifyError(parsed.error)}`);
  }
  const given = parsed.data;
  return {
    id: given.UUID,
    functionArn: given.FunctionArn,
    streamArn: given.EventSourceArn,
    startingPosition: startingPosition(given, nowMs),
    batchSize: given.BatchSize,
    batchingWindowMs: given.MaximumBatchingWindowInSeconds * 1000,
    parallelizationFactor: given.ParallelizationFactor,
    bisect: given.BisectBatchOnFunctionError,
    reportBatchItemFailures: given.FunctionResponseTypes.length > 0,
    maxRetryAttempts: orInfinite(given.MaximumRetryAttempts),
    maxRecordAgeMs: orInfinite(given.MaximumRecordAgeInSeconds) * 1000,
    accepts: compileFilters(given.FilterCriteria.Filters.map((filter) => filter.Pattern)),
    destinationArn: given.DestinationConfig?.OnFailure?.Destination || undefined,
  };
};

const orInfinite = (value: number): number => (value === INFINITE ? Number.POSITIVE_INFINITY : value);

/** "With StartingPosition set to AT_TIMESTAMP, the time from which to start reading"; it "cannot be in the future". */
const startingPosition = (given: z.output<typeof mappingConfigurationSchema>, nowMs: number): Position => {
  const timestampMs = given.StartingPositionTimestamp;
  if (given.StartingPosition !== 'AT_TIMESTAMP') return { at: given.StartingPosition };
  if (timestampMs === undefined) {
    throw new UsageError('the event source mapping starts AT_TIMESTAMP: say StartingPositionTimestamp');
  }
  if (timestampMs > nowMs) {
    throw new UsageError(
      `StartingPositionTimestamp is in the future: ${new Date(timestampMs).toISOString()}`,
    );
  }
  return { at: 'AT_TIMESTAMP', timestampMs };
};
