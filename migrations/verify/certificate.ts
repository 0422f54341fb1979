import { z } from 'zod';
import { UsageError } from '../../services/core/index.ts';
import { describeClaim } from './describe-result.ts';
import { type VerifyResult, verdictOf } from './verify-result.ts';

const FORMAT = 'banyan-certificate-1';

const certificateSchema = z.object({
  format: z.literal(FORMAT),
  plan: z.string().min(1),
  /** When it was issued; ISO 8601. */
  at: z.iso.datetime(),
  claim: z.string(),
  sourcePositions: z.object({ before: z.string(), after: z.string() }),
  counts: z.object({ compared: z.int().min(1), scanned: z.int().min(0), settled: z.int().min(0) }),
  /** Of what the sink holds, in full: the same for equal sides, whoever computes it. */
  digest: z.string(),
  versionsFrom: z.enum(['document', 'elsewhere']),
  /** Of the code that reads, transforms and compares. */
  codeHash: z.string(),
  /** Of what the configuration says of the source and the plan. */
  configHash: z.string(),
});

/** That source and sink of a plan were equal, as a file that can be checked later. */
export type Certificate = z.infer<typeof certificateSchema>;

export type Fingerprints = Pick<Certificate, 'codeHash' | 'configHash' | 'versionsFrom'>;

/** @throws UsageError unless both sides were compared whole by checksums, and are equal in everything. */
export const certificateOf = (
  result: VerifyResult,
  options: Fingerprints & { readonly atMs: number },
): Certificate => {
  if (!result.checksum || verdictOf(result) !== 'equal') {
    throw new UsageError('only what was compared by checksums, and is equal, can be certified');
  }
  const { plan, compared, scanned, settled, sourcePositions, checksum } = result;
  const { atMs, ...fingerprints } = options;
  return {
    format: FORMAT,
    plan,
    at: new Date(atMs).toISOString(),
    claim: describeClaim(result),
    sourcePositions,
    counts: { compared, scanned, settled },
    digest: checksum.sourceDigest,
    ...fingerprints,
  };
};

/** @throws UsageError when `json` is no certificate. */
export const parseCertificate = (json: string, file: string): Certificate => {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UsageError(`${file} is not JSON`, { cause });
  }
  const parsed = certificateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${file} is no certificate that \`banyan verify --certificate\` wrote: ${z.prettifyError(parsed.error)}`,
  );
};

/** Why a certificate says nothing about what runs now; `undefined` when it does. */
export const outdatedBecause = (
  certificate: Certificate,
  now: Pick<Fingerprints, 'codeHash' | 'configHash'>,
): string | undefined => {
  if (certificate.configHash !== now.configHash) {
    return 'the source or the plan is configured otherwise since it was issued: it speaks of something else';
  }
  if (certificate.codeHash !== now.codeHash) {
    return 'the code changed since it was issued: what should be in the sink may be something else now';
  }
  return undefined;
};
