import { describe, expect, it } from '@jest/globals';
import { forecast, imbalanceOf, type Measurements } from '../../../../migrations/backfill/forecast.ts';

const measured: Measurements = {
  documents: 1_000_000,
  sourceBytes: 600_000_000,
  sample: { documents: 1_000, rejected: 1, bytes: 400_000, writeUnits: 1_500, readMs: 100, transformMs: 10 },
};
const options = { batchSize: 500, readers: 4 };

describe('the forecast of a copy', () => {
  it('counts what the sample stands for', () => {
    expect(forecast(measured, options)).toMatchObject({
      records: 999_000,
      rejected: 1_000,
      sinkBytes: 400_000_000,
    });
  });

  it('names the tightest limit, and how long the copy takes by it', () => {
    const expected = forecast(measured, options);
    expect(expected.limitedBy).toBe('reading (4 partitions at once)');
    expect(expected.seconds).toBeCloseTo(25);
    expect(expected.requestsPerSecond).toBeCloseTo(80);
    expect(expected.limits.map(({ documentsPerSecond }) => Math.round(documentsPerSecond))).toEqual([
      40_000, 100_000,
    ]);
  });

  it('knows what a table takes, and what that costs', () => {
    const capacity = {
      unit: 'write units',
      unitsPerSecond: 3_000,
      dollarsPerMillion: 0.625,
      limit: 'the table',
    } as const;
    const expected = forecast(measured, { ...options, capacity });
    expect(expected).toMatchObject({ writeUnits: 1_500_000, dollars: 0.9375, limitedBy: 'the table' });
    expect(expected.seconds).toBeCloseTo(500);
    expect(expected).not.toHaveProperty('batches');
  });

  it('counts the batches of a search index by documents or by bytes, whichever are more', () => {
    const capacity = { unit: 'batches', limit: 'the index', unitsPerSecond: 0.1 } as const;
    const byBytes = forecast(measured, {
      ...options,
      capacity: { ...capacity, documentsPerBatch: 100_000, bytesPerBatch: 4_000_000 },
    });
    expect(byBytes).toMatchObject({ batches: 100, limitedBy: 'the index' });
    expect(byBytes.seconds).toBeCloseTo(1_000);
    const byDocuments = forecast(measured, {
      ...options,
      capacity: { ...capacity, documentsPerBatch: 2_000 },
    });
    expect(byDocuments).toMatchObject({ batches: 500 });
  });

  it('of nothing takes no time', () => {
    const sample = { documents: 0, rejected: 0, bytes: 0, writeUnits: 0, readMs: 1, transformMs: 0 };
    const expected = forecast({ documents: 0, sourceBytes: 0, sample }, options);
    expect(expected).toMatchObject({ documents: 0, seconds: 0, requestsPerSecond: 0, sinkBytes: 0 });
  });
});

describe('the balance of partitions', () => {
  const part = (bsonType: string, estimated: number) => ({
    id: `${bsonType}-${estimated}`,
    bsonType,
    from: null,
    to: null,
    estimated,
  });

  it('is how much the largest exceeds an even share, type by type', () => {
    expect(imbalanceOf([part('number', 100), part('number', 100), part('string', 3)])).toBe(0);
    expect(imbalanceOf([part('number', 150), part('number', 50), part('string', 3)])).toBe(0.5);
    expect(imbalanceOf([part('null', 0), part('number', 0)])).toBe(0);
  });
});
