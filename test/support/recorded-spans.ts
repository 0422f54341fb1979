import {
  type Context,
  type ContextManager,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  trace,
} from '@opentelemetry/api';

/** A span, as a registered OpenTelemetry SDK was told of it. */
export interface RecordedSpan {
  readonly name: string;
  readonly options: SpanOptions;
  status?: SpanStatus;
  hasEnded: boolean;
}

/**
 * Registers the least that is an OpenTelemetry SDK, which keeps what it is told; `unregister` takes it away. It
 * knows the active span of synchronous code alone.
 */
export const recordSpans = (own: SpanContext) => {
  const spans: RecordedSpan[] = [];
  const startSpan = (name: string, options: SpanOptions = {}): Span => {
    const recorded: RecordedSpan = { name, options, hasEnded: false };
    spans.push(recorded);
    return {
      spanContext: () => own,
      setStatus: (status: SpanStatus) => {
        recorded.status = status;
      },
      setAttributes: () => undefined,
      end: () => {
        recorded.hasEnded = true;
      },
    } as unknown as Span;
  };
  const startActiveSpan = (name: string, options: SpanOptions, run: (span: Span) => unknown) => {
    const span = startSpan(name, options);
    return context.with(trace.setSpan(context.active(), span), () => run(span));
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan }) as never });
  context.setGlobalContextManager(synchronousContexts());
  const unregister = () => {
    trace.disable();
    context.disable();
  };
  return { spans, unregister };
};

const synchronousContexts = (): ContextManager => {
  let active: Context = ROOT_CONTEXT.setValue(createContextKey('test'), true);
  const manager: ContextManager = {
    active: () => active,
    with: (next, run, self, ...args) => {
      const before = active;
      active = next;
      try {
        return run.call(self as never, ...args);
      } finally {
        active = before;
      }
    },
    bind: (_context, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
};
