import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { parseTraceparent } from '../../../../services/core/index.ts';
import { activeTraceparent, requestTraceparent } from '../../../../services/outbox/request-traceparent.ts';
import { recordSpans } from '../../../support/recorded-spans.ts';

const GIVEN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the trace context of a request, without an OpenTelemetry SDK', () => {
  it('is the one that came with it', () => {
    expect(requestTraceparent(GIVEN)).toBe(GIVEN);
  });

  it.each([undefined, 'nonsense'])('is a new one for %s', (header) => {
    const started = requestTraceparent(header);
    expect(parseTraceparent(started)).toMatchObject({ isSampled: false });
    expect(requestTraceparent(header)).not.toBe(started);
  });

  it('is none outside of a request', () => {
    expect(activeTraceparent()).toBeUndefined();
  });
});

describe('the trace context of a request, with an OpenTelemetry SDK', () => {
  const own = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
  let sdk: ReturnType<typeof recordSpans>;
  beforeEach(() => {
    sdk = recordSpans(own);
  });
  afterEach(() => sdk.unregister());

  it('is that of the active span', () => {
    const within = trace
      .getTracer('test')
      .startActiveSpan('request', {}, () => [requestTraceparent(GIVEN), activeTraceparent()]);
    const expected = `00-${own.traceId}-${own.spanId}-01`;
    expect(within).toEqual([expected, expected]);
  });

  it('is the one that came with it when nothing is traced', () => {
    expect(requestTraceparent(GIVEN)).toBe(GIVEN);
    expect(activeTraceparent()).toBeUndefined();
  });
});
