import { describe, expect, it } from '@jest/globals';
import { type BatchReport, publishBatchReport } from '../../../services/stream/batch-report.ts';

const counts = { records: 3, probes: 1, applied: 1, stale: 1, quarantined: 0, lagMs: 120 };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const report: BatchReport = {
  ...counts,
  events: [{ id: 'a', traceparent: `00-${TRACE}-b7ad6b7169203331-01` }, { id: 'b' }],
};

const published = (of: BatchReport) => {
  const lines: [string, string, object][] = [];
  const values: { [name: string]: number } = {};
  const log = (level: string) => (message: string, details: object) => lines.push([level, message, details]);
  publishBatchReport({
    logger: { info: log('info'), error: log('error') },
    metrics: {
      addMetric: (name, _unit, value) => {
        values[name] = value;
      },
      publishStoredMetrics: () => lines.push(['metrics', '', {}]),
    },
  })(of);
  return { lines, values };
};

describe('publishBatchReport', () => {
  it('logs the counts, and then the events with their traces', () => {
    expect(published(report).lines).toEqual([
      ['metrics', '', {}],
      ['info', 'the batch is done', { ...counts, events: 2 }],
      ['info', 'its events', { events: [{ id: 'a', traceId: TRACE }, { id: 'b' }] }],
    ]);
  });

  it('names however many events in lines that CloudWatch takes', () => {
    const events = Array.from({ length: 1_201 }, (_, n) => ({ ...report.events[0], id: `event-${n}` }));
    const lines = published({ ...report, events }).lines.filter(([, message]) => message === 'its events');
    const named = lines.map(([, , details]) => (details as { events: { id: string }[] }).events);
    expect(named.flat().map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(100_000);
  });

  it('takes a trace context that is none for none', () => {
    const { lines } = published({ ...report, events: [{ id: 'a', traceparent: 'nonsense' }] });
    expect(lines.at(-1)).toEqual(['info', 'its events', { events: [{ id: 'a' }] }]);
  });

  it('logs a failure as an error, with what is retried and why', () => {
    const failure = { sequenceNumber: '7', cause: new Error('away') };
    expect(published({ ...report, failure }).lines).toContainEqual([
      'error',
      'the batch will be retried',
      { ...counts, failure },
    ]);
  });

  it('publishes what alarms go by', () => {
    expect(published(report).values).toEqual({ applied: 1, stale: 1, quarantined: 0, failed: 0, lagMs: 120 });
    const failure = { sequenceNumber: '7', cause: new Error('away') };
    expect(published({ ...report, failure }).values).toMatchObject({ failed: 1 });
  });
});
