import { describe, expect, it } from '@jest/globals';
import { RelayCounters } from '../../../../services/outbox/relay-counters.ts';

const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: String(n),
    stream: 's',
    key: 'k',
    event: '',
    createdAtMs: 0,
  }));

describe('RelayCounters', () => {
  it('adds up what a relay tells', () => {
    const counters = new RelayCounters();
    const [row] = rows(1);
    if (!row) throw new Error('a row');
    counters.count({ type: 'leading', epoch: 1 }, 0);
    counters.count({ type: 'published', rows: rows(3), atMs: 0 }, 0);
    counters.count({ type: 'acknowledged', rows: 2 }, 0);
    counters.count({ type: 'quarantined', row, reason: 'r' }, 0);
    counters.count({ type: 'swept', row }, 0);
    counters.count({ type: 'send-failed', stream: 's', records: 4, error: new Error('away') }, 7);
    counters.count({ type: 'token-lost', error: new Error('lost') }, 8);
    counters.count({ type: 'stopped' }, 9);
    expect(counters.counts(9)).toEqual({
      publishedRows: 3,
      acknowledgedRows: 2,
      quarantinedRows: 1,
      sweptRows: 1,
      failedRecords: 4,
      terms: 1,
      lostTokens: 1,
      publishedRowsPerSecond: 0.3,
      lastError: { message: 'lost', atMs: 8 },
    });
  });

  it('measures throughput over the last ten seconds', () => {
    const counters = new RelayCounters();
    for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
      counters.count({ type: 'published', rows: rows(10), atMs: nowMs }, nowMs);
    }
    expect(counters.counts(19_999).publishedRowsPerSecond).toBe(100);
    expect(counters.counts(40_000).publishedRowsPerSecond).toBe(0);
  });
});
