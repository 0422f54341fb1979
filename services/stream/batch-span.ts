import { type Link, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { messageOf, parseTraceparent } from '../core/index.ts';
import type { BatchReport } from './batch-report.ts';

/**
 * Runs `run` in an OpenTelemetry span of a batch, linked to the trace of each event in it, since a batch has many
 * parents (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/). Without a registered SDK it
 * runs it, and that is all. A batch that is to be retried is an error of the span.
 */
export const inBatchSpan = (
  options: { readonly name: string; readonly events: BatchReport['events']; readonly records: number },
  run: () => Promise<BatchReport>,
): Promise<BatchReport> =>
  trace.getTracer('banyan').startActiveSpan(
    `process ${options.name}`,
    {
      kind: SpanKind.CONSUMER,
      links: linksTo(options.events),
      attributes: {
        'messaging.system': 'aws_kinesis',
        'messaging.operation.type': 'process',
        'messaging.batch.message_count': options.records,
      },
    },
    async (span) => {
      try {
        const report = await run();
        const { applied, stale, quarantined, failure } = report;
        span.setAttributes({
          'banyan.applied': applied,
          'banyan.stale': stale,
          'banyan.quarantined': quarantined,
        });
        if (failure) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(failure.cause) });
        }
        return report;
      } finally {
        span.end();
      }
    },
  );

const linksTo = (events: BatchReport['events']): Link[] =>
  events.flatMap(({ id, traceparent }) => {
    const context = parseTraceparent(traceparent);
    if (!context) return [];
    const { traceId, spanId, isSampled } = context;
    const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const attributes = { 'messaging.message.id': id };
    return [{ context: { traceId, spanId, traceFlags, isRemote: true }, attributes }];
  });
