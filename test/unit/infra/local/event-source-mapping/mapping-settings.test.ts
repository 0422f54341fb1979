import { describe, expect, it } from '@jest/globals';
import {
  type MappingConfiguration,
  mappingSettings,
} from '../../../../../infra/local/event-source-mapping/mapping-settings.ts';

const NOW_MS = 1_700_000_000_000;
const settings = (configuration: MappingConfiguration) => mappingSettings(configuration, NOW_MS);

describe('mappingSettings', () => {
  it("has Lambda's defaults", () => {
    expect(settings({ StartingPosition: 'LATEST' })).toMatchObject({
      startingPosition: { at: 'LATEST' },
      batchSize: 100,
      batchingWindowMs: 0,
      parallelizationFactor: 1,
      bisect: false,
      reportBatchItemFailures: false,
      maxRetryAttempts: Number.POSITIVE_INFINITY,
      maxRecordAgeMs: Number.POSITIVE_INFINITY,
      destinationArn: undefined,
    });
  });

  it('takes a timestamp in Unix seconds, or a date', () => {
    const expected = { startingPosition: { at: 'AT_TIMESTAMP', timestampMs: 1_600_000_000_500 } };
    for (const StartingPositionTimestamp of [1_600_000_000.5, new Date(1_600_000_000_500)]) {
      expect(settings({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp })).toMatchObject(
        expected,
      );
    }
  });

  it('refuses a timestamp in the future, and AT_TIMESTAMP without one', () => {
    expect(() =>
      settings({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: NOW_MS / 1000 + 1 }),
    ).toThrow('is in the future');
    expect(() => settings({ StartingPosition: 'AT_TIMESTAMP' })).toThrow('StartingPositionTimestamp');
  });

  it('lists every problem with its path', () => {
    const wrong = {
      StartingPosition: 'LATEST',
      BatchSize: 10_001,
      ParallelizationFactor: 11,
      MaximumRecordAgeInSeconds: 59,
      MaximumBatchingWindowInSeconds: 301,
      TumblingWindowInSeconds: 60,
      BatchSzie: 1,
    };
    const problems = (() => {
      try {
        settings(wrong as unknown as MappingConfiguration);
        return '';
      } catch (thrown) {
        return String(thrown);
      }
    })();
    for (const path of Object.keys(wrong).slice(1)) expect(problems).toContain(path);
  });

  it('refuses a consumer with enhanced fan-out', () => {
    const EventSourceArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:1';
    expect(() => settings({ StartingPosition: 'LATEST', EventSourceArn })).toThrow('fan-out');
  });
});
