import type { Difference, Mismatch } from './compare.ts';
import type { KnownReject } from './known-rejects.ts';
import { kindOf } from './redact.ts';
import { type Verdict, type VerifyResult, verdictOf } from './verify-result.ts';

/** Mismatches that a person is shown. */
const SHOWN = 20;

export const SENTENCES: { readonly [verdict in Verdict]: string } = {
  equal: 'source and sink are equal',
  rejects: 'source and sink are equal, but for documents in quarantine',
  different: 'source and sink differ',
  'cannot-tell': 'cannot tell whether source and sink are equal',
};

/** Which keys a comparison speaks of, one by one. */
const subjectOf = ({ mode, since, sample, compared }: VerifyResult): string => {
  switch (mode) {
    case 'full':
    case 'checksum':
      return 'every key of either side';
    case 'sample':
      return `each of ${compared} keys drawn at random from the source's ${sample?.population ?? 0}`;
    case 'changed':
      return `every key that the source changed since ${since ?? ''}`;
    case 'keys':
      return 'every key that was asked for';
  }
};

/** What a comparison proves, exactly, with its two positions. */
export const describeClaim = (result: VerifyResult): string => {
  const { before, after } = result.sourcePositions;
  const between = `between the source's positions ${before} and ${after}`;
  switch (verdictOf(result)) {
    case 'equal':
    case 'rejects':
      return `${subjectOf(result)}${exceptionOf(result)} was seen in the sink as the source had it at some moment ${between}${confidenceOf(result)}`;
    case 'different':
      return `${keysOf(result.mismatches)} differed for as long as a difference may take to settle, ${between}; looked at was ${subjectOf(result)}${confidenceOf(result)}`;
    case 'cannot-tell':
      return result.compared === 0
        ? `there was nothing to compare ${between}`
        : `${keysOf(result.unsettled)} differed ${between}, and had no time to settle or never rested: compare again when there are fewer writes, or with a longer --settle-ms`;
  }
};

const keysOf = (count: number): string => `${count} ${count === 1 ? 'key' : 'keys'}`;

const exceptionOf = ({ rejected }: VerifyResult): string =>
  rejected > 0 ? `, but for ${rejected} in quarantine,` : '';

const confidenceOf = ({ sample, rejected }: VerifyResult): string =>
  sample
    ? `; ${sample.confidencePercent} % sure that ${shareOf(sample.shareAtMost)} of the source's keys differ${rejected > 0 ? ' otherwise' : ''}`
    : '';

/** `fewer than 1 in 10,000`. */
const shareOf = (share: number): string => {
  if (share === 0) return 'none';
  if (share >= 0.05) return `fewer than ${(share * 100).toFixed(1)} %`;
  return `fewer than 1 in ${Math.floor(1 / share).toLocaleString('en-US')}`;
};

/** The result for people: the verdict first, then numbers, then the first mismatches. */
export const describeResult = (result: VerifyResult, options: { showValues: boolean }): string => {
  const { plan, compared, scanned, mismatches, settled, rejected, unsettled, first, firstRejected } = result;
  const lines = [
    `${plan}: ${SENTENCES[verdictOf(result)]}`,
    `  ${describeClaim(result)}`,
    `  compared ${compared}, scanned in the sink ${scanned}, settled ${settled}, unsettled ${unsettled}, in quarantine ${rejected}, mismatches ${mismatches}; in ${(result.elapsedMs / 1_000).toFixed(1)} s`,
    ...modeLines(result),
    ...first.slice(0, SHOWN).map((mismatch) => `  ${describeMismatch(mismatch, options)}`),
  ];
  if (mismatches > SHOWN) lines.push(`  … and ${mismatches - Math.min(SHOWN, first.length)} more`);
  if (rejected === 0) return lines.join('\n');
  lines.push(...firstRejected.slice(0, SHOWN).map((reject) => `  ${describeReject(reject, options)}`));
  if (rejected > SHOWN) lines.push(`  … and ${rejected - SHOWN} more in quarantine`);
  const { why, again } = quarantineCommands(plan);
  lines.push(`  why: ${why}`, `  once mended at the source: ${again}`);
  return lines.join('\n');
};

const modeLines = ({ checksum, sample }: VerifyResult): string[] => [
  ...(checksum
    ? [`  ${checksum.open} of ${checksum.buckets} buckets had to be opened; digest ${checksum.sourceDigest}`]
    : []),
  ...(sample ? [`  drawn with --seed ${sample.seed}`] : []),
];

const describeMismatch = ({ key, differences }: Mismatch, options: { showValues: boolean }): string =>
  `${key}: ${differences.map((difference) => describeDifference(difference, options)).join('; ')}`;

/** A difference as a sentence. */
const describeDifference = (difference: Difference, { showValues }: { showValues: boolean }): string => {
  const show = showValues ? jsonOf : kindOf;
  switch (difference.kind) {
    case 'missing':
      return 'missing in the sink';
    case 'extra':
      return 'in the sink, but not in the source';
    case 'not-deleted':
      return `deleted in the source at version ${difference.source}, but in the sink at ${difference.sink}`;
    case 'version':
      return `version ${difference.source} in the source, ${difference.sink} in the sink`;
    case 'field':
      return `${difference.field} is ${show(difference.source)} in the source, ${show(difference.sink)} in the sink`;
    case 'rejected':
      return `cannot be transformed, and is not in quarantine as it is now: ${showValues ? difference.reason : '--show-values says why'}`;
  }
};

const jsonOf = (value: unknown): string => (value === undefined ? '(absent)' : JSON.stringify(value));

const describeReject = ({ key, reason }: KnownReject, { showValues }: { showValues: boolean }): string =>
  `${key}: in quarantine${showValues ? `: ${reason}` : ''}`;

/** How to see what is in quarantine, and how to copy it once it was mended at the source. */
export const quarantineCommands = (plan: string): { readonly why: string; readonly again: string } => ({
  why: `banyan quarantine list ${plan}`,
  again: `banyan quarantine replay ${plan}`,
});
