import { isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent, startTrace } from '../core/index.ts';

/**
 * The W3C trace context of what is under way, for the events that it causes: that of the active span, where an
 * OpenTelemetry SDK is registered; else the one that came with the request; else the root of a new trace.
 */
export const requestTraceparent = (header: string | undefined): string =>
  activeTraceparent() ?? formatTraceparent(parseTraceparent(header) ?? startTrace());

/** That of OpenTelemetry's active span; `undefined` without a span, as there is none without an SDK. */
export const activeTraceparent = (): string | undefined => {
  const span = trace.getActiveSpan()?.spanContext();
  if (!span || !isSpanContextValid(span)) return undefined;
  const { traceId, spanId, traceFlags } = span;
  const isSampled = (traceFlags & TraceFlags.SAMPLED) === TraceFlags.SAMPLED;
  return formatTraceparent({ traceId, spanId, isSampled });
};
