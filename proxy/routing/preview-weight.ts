import { bucketOf, isCandidates } from './sticky-bucket.ts';

/** Who of some keys changes sides when a weight changes. */
export interface WeightPreview {
  readonly keys: number;
  readonly candidateBefore: number;
  readonly candidateAfter: number;
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
}): WeightPreview => {
  const { salt, fromPercent, toPercent } = options;
  const toCandidate: string[] = [];
  const toControl: string[] = [];
  let [before, after] = [0, 0];
  const keys = new Set(options.keys);
  for (const key of keys) {
    const bucket = bucketOf(salt, key);
    const [was, is] = [isCandidates(bucket, fromPercent), isCandidates(bucket, toPercent)];
    if (was) before++;
    if (is) after++;
    if (is && !was) toCandidate.push(key);
    if (was && !is) toControl.push(key);
  }
  return { keys: keys.size, candidateBefore: before, candidateAfter: after, toCandidate, toControl };
};
