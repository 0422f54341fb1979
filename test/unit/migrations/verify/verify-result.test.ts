import { describe, expect, it } from '@jest/globals';
import { describeResult, redactResult } from '../../../../migrations/verify/verify-report.ts';
import { type VerifyResult, verdictOf } from '../../../../migrations/verify/verify-result.ts';

const result: VerifyResult = {
  plan: 'users-to-profiles',
  compared: 10,
  mismatches: 1,
  settled: 2,
  rejected: 0,
  scanned: 10,
  first: [{ key: 'k1', differences: [{ kind: 'field', field: 'bio', source: 'secret', sink: undefined }] }],
  sourcePositions: { before: '5.1', after: '6.2' },
  elapsedMs: 1_234,
};

describe('the verdict of a comparison', () => {
  it.each([
    ['equal', { compared: 10, mismatches: 0, rejected: 0 }],
    ['rejects', { compared: 10, mismatches: 0, rejected: 1 }],
    ['different', { compared: 10, mismatches: 1, rejected: 1 }],
    ['different', { compared: 0, mismatches: 1, rejected: 0 }],
    ['cannot-tell', { compared: 0, mismatches: 0, rejected: 0 }],
    ['cannot-tell', { compared: 0, mismatches: 0, rejected: 3 }],
  ])('is %s for %o', (verdict, numbers) => {
    expect(verdictOf(numbers)).toBe(verdict);
  });
});

describe('the report of a comparison', () => {
  it('shows what kind of value differs, and no value', () => {
    expect(JSON.stringify(redactResult(result))).not.toContain('secret');
    expect(redactResult(result).first[0]?.differences).toEqual([
      { kind: 'field', field: 'bio', source: '(text of 6)', sink: '(absent)' },
    ]);
    expect(describeResult(result, { showValues: false })).toContain(
      'k1: bio is (text of 6) in the source, (absent) in the sink',
    );
  });

  it('shows the values to whoever asks for them', () => {
    expect(describeResult(result, { showValues: true })).toContain('bio is "secret" in the source');
  });

  it('names the verdict, the numbers and both positions of the source', () => {
    const text = describeResult(result, { showValues: false });
    expect(text).toContain('source and sink differ');
    expect(text).toContain('compared 10');
    expect(text).toContain('5.1 and 6.2');
  });
});
