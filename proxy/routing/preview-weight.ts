import type { Side } from './canary-router.ts';
import { bucketOf, isCandidates } from './sticky-bucket.ts';

/** Who of some keys changes sides when a weight changes. */
export interface WeightPreview {
  readonly keys: number;
  readonly candidateBefore: number;
  readonly candidateAfter: number;
  /** Keys that somebody put on a side, where no weight moves them. */
  readonly held: number;
  /** The keys that move to the candidate; none when the weight falls. */
  readonly toCandidate: readonly string[];
  /** The keys that move to the control; none when the weight rises. */
  readonly toControl: readonly string[];
}

/** Says who moves, by the rule that the router itself uses. Repeated keys count once. */
export const previewWeight = (options: {
  salt: string;
  fromPercent: number;
  toPercent: number;
  keys: Iterable<string>;
  /** Optional: nobody. Those who are pinned or allowed, and where. */
  held?: ReadonlyMap<string, Side>;
  /** Optional: defaults to false. Whether a rollback holds everybody at the control until then. */
  rolledBack?: boolean;
}): WeightPreview => {
  const { salt, fromPercent, toPercent, held = new Map<string, Side>(), rolledBack = false } = options;
  const toCandidate: string[] = [];
  const toControl: string[] = [];
  let [before, after, heldKeys] = [0, 0, 0];
  const keys = new Set(options.keys);
  for (const key of keys) {
    const bucket = bucketOf(salt, key);
    const side = held.get(key);
    const candidateAt = (percent: number) =>
      side === undefined ? isCandidates(bucket, percent) : side === 'candidate';
    const [was, is] = [!rolledBack && candidateAt(fromPercent), candidateAt(toPercent)];
    if (side !== undefined) heldKeys++;
    if (was) before++;
    if (is) after++;
    if (is && !was) toCandidate.push(key);
    if (was && !is) toControl.push(key);
  }
  return {
    ...{ keys: keys.size, candidateBefore: before, candidateAfter: after, held: heldKeys },
    ...{ toCandidate, toControl },
  };
};
