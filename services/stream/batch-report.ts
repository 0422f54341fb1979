import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { parseTraceparent } from '../core/index.ts';

/** What became of one invocation's records. */
export interface BatchReport {
  /** Records of the stream. */
  readonly records: number;
  /** Those in the records, with the W3C trace context of the request that caused each. */
  readonly events: readonly { readonly id: string; readonly traceparent?: string | undefined }[];
  /** Events that only mark a position. */
  readonly probes: number;
  /** Keys whose newest state was written. */
  readonly applied: number;
  /** Keys of which the store had this state, or a newer one. */
  readonly stale: number;
  /** Events in quarantine. */
  readonly quarantined: number;
  /** How long ago the oldest record arrived on the stream; 0 for no records. */
  readonly lagMs: number;
  /** Why the batch is retried, and from which sequence number on; absent when all of it is done. */
  readonly failure?: { readonly sequenceNumber: string; readonly cause: unknown };
}

/** What is used of Powertools' logger. */
export interface BatchLogger {
  info(message: string, details: { readonly [field: string]: unknown }): void;
  error(message: string, details: { readonly [field: string]: unknown }): void;
}

/** What is used of Powertools' metrics. */
export interface BatchMetrics {
  addMetric(name: string, unit: (typeof MetricUnit)['Count' | 'Milliseconds'], value: number): unknown;
  publishStoredMetrics(): void;
}

/** Events named in one line: far below CloudWatch's limit of a line, 256 KB where it was not raised. */
const EVENTS_PER_LINE = 500;

/**
 * Publishes a report as metrics and as a log line, followed by lines that name its events and the traces that they
 * belong to, so that whoever has either finds the invocation; bodies and keys are never logged.
 */
export const publishBatchReport =
  ({ logger, metrics }: { logger: BatchLogger; metrics: BatchMetrics }) =>
  ({ events, failure, ...counts }: BatchReport): void => {
    metrics.addMetric('applied', MetricUnit.Count, counts.applied);
    metrics.addMetric('stale', MetricUnit.Count, counts.stale);
    metrics.addMetric('quarantined', MetricUnit.Count, counts.quarantined);
    metrics.addMetric('failed', MetricUnit.Count, failure ? 1 : 0);
    metrics.addMetric('lagMs', MetricUnit.Milliseconds, counts.lagMs);
    metrics.publishStoredMetrics();
    if (failure) logger.error('the batch will be retried', { ...counts, failure });
    else logger.info('the batch is done', { ...counts, events: events.length });
    const named = events.map(({ id, traceparent }) => ({
      id,
      traceId: parseTraceparent(traceparent)?.traceId,
    }));
    for (let at = 0; at < named.length; at += EVENTS_PER_LINE) {
      logger.info('its events', { events: named.slice(at, at + EVENTS_PER_LINE) });
    }
  };
