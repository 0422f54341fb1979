import { describe, expect, it } from '@jest/globals';
import { describeClaim, describeResult } from '../../../../migrations/verify/describe-result.ts';
import { type VerifyResult, verdictOf } from '../../../../migrations/verify/verify-result.ts';

const result: VerifyResult = {
  plan: 'users-to-profiles',
  mode: 'full',
  unsettled: 0,
  kinds: { field: 1 },
  firstRejected: [],
  keys: ['k1'],
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
    ['cannot-tell', { compared: 10, mismatches: 0, rejected: 0, unsettled: 1 }],
    ['different', { compared: 10, mismatches: 1, rejected: 0, unsettled: 1 }],
    ['equal', { compared: 0, mismatches: 0, rejected: 0, mode: 'changed' as const }],
    ['cannot-tell', { compared: 0, mismatches: 0, rejected: 0, mode: 'sample' as const }],
  ])('is %s for %o', (verdict, numbers) => {
    expect(verdictOf(numbers)).toBe(verdict);
  });
});

describe('the report of a comparison', () => {
  it('shows what kind of value differs, and no value', () => {
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

  it('claims of two equal sides that each key was seen as the source had it between two positions', () => {
    const equal = { ...result, mismatches: 0, kinds: {}, first: [], keys: [] };
    expect(describeClaim(equal)).toBe(
      "every key of either side was seen in the sink as the source had it at some moment between the source's positions 5.1 and 6.2",
    );
  });

  it('counts what differed, and says among what', () => {
    expect(describeClaim(result)).toBe(
      "1 key differed for as long as a difference may take to settle, between the source's positions 5.1 and 6.2; looked at was every key of either side",
    );
  });

  it('says of a sample how sure it makes', () => {
    const drawn = { size: 46_050, population: 1e6, seed: 's', confidencePercent: 99, shareAtMost: 1e-4 };
    const equal = { ...result, mode: 'sample' as const, mismatches: 0, sample: drawn };
    expect(describeClaim(equal)).toMatch(
      /^each of 10 keys drawn at random from the source's 1000000 was seen /,
    );
    expect(describeClaim(equal)).toContain(
      "; 99 % sure that fewer than 1 in 10,000 of the source's keys differ",
    );
  });

  it('claims nothing of what is in quarantine, and says how to see it and to copy it once it is mended', () => {
    const rejected = {
      ...result,
      ...{ mismatches: 0, kinds: {}, first: [], keys: [], rejected: 25 },
      firstRejected: Array.from({ length: 25 }, (_, i) => ({
        key: `k${i}`,
        id: `run-${i}`,
        reason: 'too large',
      })),
    };
    expect(describeClaim(rejected)).toContain('every key of either side, but for 25 in quarantine, was seen');
    const text = describeResult(rejected, { showValues: false });
    expect(text).toContain('equal, but for documents in quarantine');
    expect(text).toContain('\n  k19: in quarantine\n  … and 5 more in quarantine\n');
    expect(text).toContain('why: banyan quarantine list users-to-profiles');
    expect(text).toContain('once mended at the source: banyan quarantine replay users-to-profiles');
    expect(describeResult(rejected, { showValues: true })).toContain('k0: in quarantine: too large');
  });

  it('says why it cannot tell', () => {
    const text = describeClaim({ ...result, mismatches: 0, unsettled: 3 });
    expect(text).toContain('3 keys differed between');
    expect(text).toContain('--settle-ms');
  });
});
