import { describe, expect, it } from '@jest/globals';
import { type BatchReport, publishBatchReport } from '../../../services/stream/batch-report.ts';

const counts = { records: 3, probes: 1, applied: 1, stale: 1, quarantined: 0, lagMs: 120 };
const report: BatchReport = { ...counts, eventIds: ['a', 'b'] };

const published = (of: BatchReport) => {
  const lines: [string, string, object][] = [];
  const values: { [name: string]: number } = {};
  const log = (level: string) => (message: string, details: object) => lines.push([level, message, details]);
  publishBatchReport({
    logger: { info: log('info'), debug: log('debug'), error: log('error') },
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
  it('logs one line with the counts, and the event ids only at debug', () => {
    expect(published(report).lines).toEqual([
      ['metrics', '', {}],
      ['info', 'the batch is done', { ...counts, events: 2 }],
      ['debug', 'its events', { eventIds: ['a', 'b'] }],
    ]);
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
