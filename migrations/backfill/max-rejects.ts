import { BanyanError, UsageError } from '../../services/core/index.ts';
import type { CopyCounts } from './checkpoint-store.ts';

/** From how many rejected documents on a run stops. */
export type MaxRejects = { readonly documents: number } | { readonly percent: number };

/** A per cent means little before so many documents were read. */
const ENOUGH = 1_000;

/** The code of `TooManyRejectsError`. */
export const TOO_MANY_REJECTS = 'too-many-rejects';

/** More was rejected than the operator accepts: something is wrong with the data, or with the transform. */
export class TooManyRejectsError extends BanyanError {
  constructor(counts: CopyCounts, max: MaxRejects) {
    const accepted = 'documents' in max ? `${max.documents}` : `${max.percent} %`;
    super(
      TOO_MANY_REJECTS,
      `${counts.rejected} of ${counts.read} documents were rejected, and at most ${accepted} are accepted`,
    );
  }
}

/** Reads `20` or `0.5%`. @throws UsageError */
export const parseMaxRejects = (text: string): MaxRejects => {
  const [, number, percent] = /^(\d+(?:\.\d+)?)\s*(%)?$/.exec(text.trim()) ?? [];
  const value = Number(number);
  if (percent && value <= 100) return { percent: value };
  if (!percent && Number.isSafeInteger(value)) return { documents: value };
  throw new UsageError(`rejects are accepted as a number, 20, or in per cent, 0.5%; not as ${text}`);
};

/** In per cent: of what was read, but of a thousand documents at least. */
export const isTooMany = ({ rejected, read }: CopyCounts, max: MaxRejects): boolean =>
  'documents' in max ? rejected > max.documents : rejected > (max.percent / 100) * Math.max(read, ENOUGH);
