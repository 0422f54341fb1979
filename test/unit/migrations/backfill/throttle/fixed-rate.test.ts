import { describe, expect, it } from '@jest/globals';
import { FixedRate } from '../../../../../migrations/backfill/throttle/fixed-rate.ts';
import type { BatchSize } from '../../../../../migrations/backfill/throttle/throttle.ts';

const batch = (documents: number): BatchSize => ({
  documents,
  heldBytes: 0,
  bytes: () => documents * 1_000,
  writeUnits: () => documents * 2,
});

describe('a fixed rate', () => {
  it('holds a batch back for the time of those before it, and says what is allowed', () => {
    const throttle = new FixedRate({ perSecond: 100, unit: 'documents' });
    expect(throttle.delay(0)).toBeUndefined();
    throttle.admitted(batch(50), 0);
    expect(throttle.delay(0)).toEqual({ ms: 500, reason: 'at most 100 documents a second' });
    expect(throttle.delay(400)).toMatchObject({ ms: 100 });
    expect(throttle.delay(500)).toBeUndefined();
    throttle.admitted(batch(50), 500);
    throttle.admitted(batch(50), 500);
    expect(throttle.delay(500)).toMatchObject({ ms: 1_000 });
  });

  it('saves up nothing while nobody asks', () => {
    const throttle = new FixedRate({ perSecond: 100, unit: 'documents' });
    throttle.admitted(batch(100), 60_000);
    expect(throttle.delay(60_000)).toMatchObject({ ms: 1_000 });
  });

  it.each([
    ['bytes', 10_000, 500],
    ['write units', 20, 500],
  ] as const)('counts in %s', (unit, perSecond, ms) => {
    const throttle = new FixedRate({ perSecond, unit });
    throttle.admitted(batch(5), 0);
    expect(throttle.delay(0)).toEqual({ ms, reason: `at most ${perSecond} ${unit} a second` });
  });
});
