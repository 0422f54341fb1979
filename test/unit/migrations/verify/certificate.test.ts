import { describe, expect, it } from '@jest/globals';
import {
  certificateOf,
  outdatedBecause,
  parseCertificate,
} from '../../../../migrations/verify/certificate.ts';
import type { VerifyResult } from '../../../../migrations/verify/verify-result.ts';

const result: VerifyResult = {
  plan: 'users-to-profiles',
  mode: 'checksum',
  compared: 10,
  mismatches: 0,
  unsettled: 0,
  settled: 2,
  rejected: 0,
  scanned: 10,
  kinds: {},
  first: [],
  firstRejected: [],
  keys: [],
  sourcePositions: { before: '5.1', after: '6.2' },
  elapsedMs: 1_234,
  checksum: { buckets: 8, open: 0, sourceDigest: 'abc' },
};
const issued = { codeHash: 'code', configHash: 'config', versionsFrom: 'document', atMs: 0 } as const;

describe('a certificate', () => {
  it('names plan, positions, counts, digest, hashes and time, and is read again', () => {
    const certificate = certificateOf(result, issued);
    expect(certificate).toMatchObject({
      plan: 'users-to-profiles',
      at: '1970-01-01T00:00:00.000Z',
      sourcePositions: { before: '5.1', after: '6.2' },
      counts: { compared: 10, scanned: 10 },
      digest: 'abc',
      codeHash: 'code',
      configHash: 'config',
    });
    expect(parseCertificate(JSON.stringify(certificate), 'c.json')).toEqual(certificate);
  });

  const { checksum: _, ...inFull } = result;
  it.each([
    ['with a mismatch', { ...result, mismatches: 1 }],
    ['with documents in quarantine', { ...result, rejected: 1 }],
    ['with keys that never rested', { ...result, unsettled: 1 }],
    ['without a document', { ...result, compared: 0 }],
    ['without a digest', inFull],
  ])('is not issued for a comparison %s', (_name, of) => {
    expect(() => certificateOf(of, issued)).toThrow('can be certified');
  });

  it.each([
    ['nothing', 'is not JSON'],
    ['{"format":"banyan-verify-1"}', 'is no certificate'],
  ])('is not what reads %s', (json, sentence) => {
    expect(() => parseCertificate(json, 'c.json')).toThrow(`c.json ${sentence}`);
  });

  it('says nothing about other code or another configuration', () => {
    const certificate = certificateOf(result, issued);
    expect(outdatedBecause(certificate, issued)).toBeUndefined();
    expect(outdatedBecause(certificate, { ...issued, codeHash: 'other' })).toContain('the code changed');
    expect(outdatedBecause(certificate, { ...issued, configHash: 'other' })).toContain(
      'configured otherwise',
    );
  });
});
