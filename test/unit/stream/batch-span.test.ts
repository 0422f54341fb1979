import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { BatchReport } from '../../../services/stream/batch-report.ts';
import { inBatchSpan } from '../../../services/stream/batch-span.ts';
import { recordSpans } from '../../support/recorded-spans.ts';

const own = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const events = [
  { id: 'e1', traceparent: `00-${TRACE}-${SPAN}-01` },
  { id: 'e2', traceparent: 'nonsense' },
  { id: 'e3' },
];
const report: BatchReport = {
  records: 2,
  events,
  probes: 0,
  applied: 2,
  stale: 0,
  quarantined: 0,
  lagMs: 1,
};

describe('a batch, where an OpenTelemetry SDK is registered', () => {
  let sdk: ReturnType<typeof recordSpans>;
  beforeEach(() => {
    sdk = recordSpans(own);
  });
  afterEach(() => sdk.unregister());

  it('is a span of a consumer, linked to the trace of each of its events', async () => {
    expect(await inBatchSpan({ name: 'project-profile', events, records: 2 }, async () => report)).toBe(
      report,
    );
    expect(sdk.spans).toEqual([
      {
        name: 'process project-profile',
        hasEnded: true,
        options: {
          kind: SpanKind.CONSUMER,
          attributes: expect.objectContaining({ 'messaging.batch.message_count': 2 }),
          links: [
            {
              context: { traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true },
              attributes: { 'messaging.message.id': 'e1' },
            },
          ],
        },
      },
    ]);
  });

  it('is an error when it is to be retried', async () => {
    const failure = { sequenceNumber: '7', cause: new Error('the table is away') };
    await inBatchSpan({ name: 'x', events, records: 2 }, async () => ({ ...report, failure }));
    expect(sdk.spans).toMatchObject([
      { status: { code: SpanStatusCode.ERROR, message: 'the table is away' }, hasEnded: true },
    ]);
  });

  it('ends with whatever was thrown', async () => {
    const run = () => Promise.reject(new Error('a fault of ours'));
    await expect(inBatchSpan({ name: 'x', events, records: 2 }, run)).rejects.toThrow('a fault of ours');
    expect(sdk.spans).toMatchObject([{ hasEnded: true }]);
  });
});

describe('a batch, without an SDK', () => {
  it('is run, and that is all', async () => {
    expect(await inBatchSpan({ name: 'x', events, records: 2 }, async () => report)).toBe(report);
  });
});
