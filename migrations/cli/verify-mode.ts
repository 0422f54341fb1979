import { randomBytes } from 'node:crypto';
import { UsageError } from '../../services/core/index.ts';
import { sampleSizeFor } from '../verify/confidence.ts';
import type { VerifyMode } from '../verify/verify-parts.ts';
import { DEFAULT_CONFIG } from './config.ts';

/** Of a verify's flags those that say which keys are compared, and how. */
export interface ModeFlags {
  readonly checksum?: boolean | undefined;
  /** Where a certificate goes, which holds a digest. */
  readonly certificate?: string | undefined;
  /** A number of keys, or a share like `1/10000`. */
  readonly sample?: string | undefined;
  readonly confidence?: number | undefined;
  readonly seed?: string | undefined;
  readonly changedSince?: string | undefined;
}

/** Buckets cost 20 bytes each, twice; of a million keys 15 are in each. */
const BUCKETS = 65_536;
const CONFIDENCE_PERCENT = 99;

/**
 * Without a seed one is drawn, and told, so that every sample can be drawn again.
 * @throws UsageError for what only a sample takes, without one.
 */
export const modeOf = (flags: ModeFlags, drawSeed = () => randomBytes(4).toString('hex')): VerifyMode => {
  refuseIdle(flags);
  if (flags.checksum || flags.certificate !== undefined) return { kind: 'checksum', buckets: BUCKETS };
  if (flags.changedSince !== undefined) return { kind: 'changed', since: flags.changedSince };
  if (flags.sample === undefined) return { kind: 'full' };
  const confidencePercent = flags.confidence ?? CONFIDENCE_PERCENT;
  const size = sizeOf(flags.sample, confidencePercent);
  return { kind: 'sample', size, seed: flags.seed ?? drawSeed(), confidencePercent };
};

/** What says how a sample is drawn does nothing without one. */
const refuseIdle = ({ sample, seed, confidence }: ModeFlags): void => {
  if (sample !== undefined) return;
  const [idle] = [seed !== undefined && '--seed', confidence !== undefined && '--confidence'].filter(Boolean);
  if (idle) throw new UsageError(`${idle} says how a sample is drawn: give --sample, too`);
};

const sizeOf = (sample: string, confidencePercent: number): number => {
  const share = sample.startsWith('1/') ? 1 / Number(sample.slice(2)) : undefined;
  return share === undefined ? Number(sample) : sampleSizeFor({ share, confidencePercent });
};

export interface CommandFlags {
  readonly settleMs: number;
  readonly showValues: boolean;
  readonly ignoreVersions?: boolean | undefined;
  readonly config?: string | undefined;
}

/** The command that compares the same in the same way again. */
export const commandOf = (plan: string, mode: VerifyMode, flags: CommandFlags): string => {
  const parts = [
    ...programOf(flags),
    'verify',
    plan,
    ...flagsOf(mode),
    '--settle-ms',
    String(flags.settleMs),
    ...(flags.ignoreVersions ? ['--ignore-versions'] : []),
    ...(flags.showValues ? ['--show-values'] : []),
  ];
  return parts.map(quoted).join(' ');
};

/** The command that mends what a comparison found. */
export const repairCommandOf = (plan: string, flags: CommandFlags): string =>
  [...programOf(flags), 'repair', plan, ...(flags.ignoreVersions ? ['--ignore-versions'] : [])]
    .map(quoted)
    .join(' ');

const programOf = ({ config = DEFAULT_CONFIG }: CommandFlags): string[] => [
  'banyan',
  ...(config === DEFAULT_CONFIG ? [] : ['--config', config]),
];

const flagsOf = (mode: VerifyMode): string[] => {
  switch (mode.kind) {
    case 'checksum':
      return ['--checksum'];
    case 'changed':
      return ['--changed-since', mode.since];
    case 'sample':
      return [
        '--sample',
        String(mode.size),
        '--confidence',
        String(mode.confidencePercent),
        '--seed',
        mode.seed,
      ];
    default:
      return [];
  }
};

/** As a shell reads it. */
const quoted = (word: string): string =>
  /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
