import { describe, expect, it } from '@jest/globals';
import { previewWeight } from '../../../../proxy/routing/preview-weight.ts';
import { bucketOf } from '../../../../proxy/routing/sticky-bucket.ts';

const keys = Array.from({ length: 1_000 }, (_, at) => `u${at}`);

describe('previewWeight', () => {
  it('names who moves to the candidate when the weight rises, and nobody back', () => {
    const preview = previewWeight({ salt: 's', fromPercent: 10, toPercent: 25, keys });
    const moved = keys.filter((key) => bucketOf('s', key) >= 1_000 && bucketOf('s', key) < 2_500);
    expect(preview).toMatchObject({ keys: 1_000, toCandidate: moved, toControl: [] });
    expect(preview.candidateAfter - preview.candidateBefore).toBe(moved.length);
    expect(moved.length).toBeGreaterThan(100);
  });

  it('names who moves back when it falls', () => {
    const preview = previewWeight({ salt: 's', fromPercent: 25, toPercent: 10, keys });
    expect(preview.toCandidate).toEqual([]);
    expect(preview.toControl.length).toBe(preview.candidateBefore - preview.candidateAfter);
  });

  it('counts a repeated key once', () => {
    expect(previewWeight({ salt: 's', fromPercent: 0, toPercent: 100, keys: ['a', 'a'] })).toMatchObject({
      keys: 1,
      toCandidate: ['a'],
    });
  });
});

describe('previewWeight for those whom somebody put on a side', () => {
  const held = new Map([
    ['u1', 'control'],
    ['u2', 'candidate'],
  ] as const);

  it('moves none of them', () => {
    const preview = previewWeight({
      salt: 's',
      fromPercent: 0,
      toPercent: 100,
      keys: ['u1', 'u2', 'u3'],
      held,
    });
    expect(preview).toMatchObject({ held: 2, candidateBefore: 1, candidateAfter: 2, toCandidate: ['u3'] });
  });

  it('lets them come back after a rollback', () => {
    const rolledBack = {
      salt: 's',
      fromPercent: 0,
      toPercent: 0,
      keys: ['u1', 'u2'],
      held,
      rolledBack: true,
    };
    expect(previewWeight(rolledBack)).toMatchObject({ candidateBefore: 0, toCandidate: ['u2'] });
  });
});
