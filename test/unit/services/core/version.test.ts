import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  assertVersion,
  clusterTimeVersion,
  microsOf,
  nextVersion,
  versionOf,
} from '../../../../services/core/index.ts';

describe('nextVersion', () => {
  it('is the wall clock in microseconds when that increases', () => {
    expect(nextVersion(5, 1_700_000_000_000)).toBe(1_700_000_000_000_000);
  });

  it('increases by one when the clock stands still or went back', () => {
    const previous = microsOf(1_700_000_000_000);
    expect(nextVersion(previous, 1_700_000_000_000)).toBe(previous + 1);
    expect(nextVersion(previous, 1_600_000_000_000)).toBe(previous + 1);
  });

  it('increases strictly and stays a safe integer, whatever the clocks say', () => {
    const previous = fc.integer({ min: 0, max: 2 ** 52 });
    const nowMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
    fc.assert(
      fc.property(previous, nowMs, (before, now) => {
        const next = nextVersion(before, now);
        return next > before && Number.isSafeInteger(next);
      }),
    );
  });
});

describe('clusterTimeVersion', () => {
  it('orders cluster times as MongoDB does', () => {
    expect(clusterTimeVersion({ t: 2, i: 0 })).toBeGreaterThan(clusterTimeVersion({ t: 1, i: 999_999 }));
  });

  it('refuses an increment that would wrap into the next second', () => {
    expect(() => clusterTimeVersion({ t: 1, i: 1_000_000 })).toThrow(
      expect.objectContaining({ code: 'cluster-time-overflow' }),
    );
  });
});

describe('versionOf', () => {
  it.each([
    ['has no versions', {}],
    ['has null for them', { _banyan: null }],
    ['lacks this slice', { _banyan: { entity: 7 } }],
  ])('is 0 when the document %s', (_, document) => {
    expect(versionOf(document, 'profiles')).toBe(0);
  });

  it('is what the document carries for the slice', () => {
    expect(versionOf({ _banyan: { entity: 7, profiles: 6 } }, 'profiles')).toBe(6);
  });
});

describe('assertVersion', () => {
  it.each([-1, 0.5, Number.NaN, 2 ** 53, '7', null])('refuses %p', (value) => {
    expect(() => assertVersion(value)).toThrow(expect.objectContaining({ code: 'bad-version' }));
  });
});
