import type { State } from '../../services/core/index.ts';
import { CannotTellError } from './cannot-tell-error.ts';
import { ChangesUnknownError } from './changes-unknown-error.ts';
import { readChecksums } from './checksum.ts';
import { Comparison } from './comparison.ts';
import { shareAtMost } from './confidence.ts';
import { drawSample } from './sample.ts';
import { Tally } from './tally.ts';
import type { VerifyMode, VerifyOptions, VerifyParts } from './verify-parts.ts';
import type { VerifyResult } from './verify-result.ts';

/** Changed keys that are told apart before they are compared: some megabytes. */
const CHANGED_KEYS = 50_000;

/**
 * Compares source and sink, in one of the ways that `VerifyMode` names. Memory is that of a few chunks, whatever
 * the number of keys and of differences.
 * @throws CannotTellError when a side fails after the comparison began, or nobody knows what changed; before, the
 * failure itself.
 */
export const verify = async <S extends State>(
  parts: VerifyParts<S>,
  options: VerifyOptions,
): Promise<VerifyResult> => {
  const { clock, source } = parts;
  const startedAtMs = clock.nowMs();
  const tally = new Tally();
  const before = await source.now();
  const resultAt = (after: string, special: Special = {}) => {
    const sourcePositions = { before, after };
    const elapsedMs = clock.nowMs() - startedAtMs;
    return {
      plan: options.plan,
      mode: options.mode.kind,
      ...tally.found(),
      sourcePositions,
      elapsedMs,
      ...special,
    };
  };
  try {
    const special = await run(parts, options, tally);
    return resultAt(await source.now(), special);
  } catch (thrown) {
    const isWithoutData = tally.compared === 0 && !(thrown instanceof ChangesUnknownError);
    if (options.signal.aborted || isWithoutData) throw thrown;
    throw new CannotTellError(resultAt(before), thrown);
  }
};

/** What only one way of comparing has to tell. */
type Special = Partial<Pick<VerifyResult, 'checksum' | 'sample' | 'since'>>;

const run = async <S extends State>(
  parts: VerifyParts<S>,
  options: VerifyOptions,
  tally: Tally,
): Promise<Special> => {
  const work = new Comparison(parts, options, tally);
  const special = await runMode({ parts, options, tally, work }, options.mode);
  await work.settle();
  return special(tally);
};

interface Work<S extends State> {
  readonly parts: VerifyParts<S>;
  readonly options: VerifyOptions;
  readonly tally: Tally;
  readonly work: Comparison<S>;
}

const runMode = async <S extends State>(
  of: Work<S>,
  mode: VerifyMode,
): Promise<(settled: Tally) => Special> => {
  switch (mode.kind) {
    case 'full':
      await of.work.compareSource();
      await of.work.compareSink();
      return () => ({});
    case 'checksum':
      return byChecksums(of, mode);
    case 'sample':
      return bySample(of, mode);
    case 'changed':
      return byChanges(of, mode);
    case 'keys':
      await of.work.compareKeys(mode.keys);
      return () => ({});
  }
};

const byChecksums = async <S extends State>(
  { parts, options, tally, work }: Work<S>,
  { buckets }: { buckets: number },
): Promise<() => Special> => {
  const { isOpen, open, sourceDigest } = await readChecksums(
    parts,
    { ...options, buckets },
    tally,
    (rejected) => work.suspectRejected(rejected),
  );
  if (open > 0) {
    // Everything was counted in the first reading.
    const { compared, scanned } = tally;
    await work.compareOpen(isOpen);
    await work.compareSink(isOpen);
    Object.assign(tally, { compared, scanned });
  }
  return () => ({ checksum: { buckets, open, sourceDigest } });
};

const bySample = async <S extends State>(
  { parts, options, work }: Work<S>,
  mode: Extract<VerifyMode, { kind: 'sample' }>,
): Promise<(settled: Tally) => Special> => {
  const { population, keys } = await drawSample(parts, options, mode);
  await work.compareKeys(keys);
  const { seed, confidencePercent } = mode;
  return ({ mismatches, unsettled }) => {
    const different = mismatches + unsettled;
    const share = shareAtMost({ sampled: keys.length, different, confidencePercent });
    // Whoever drew all of them knows.
    const isWhole = keys.length === population && population > 0;
    const bound = isWhole ? different / population : share;
    return { sample: { size: keys.length, population, seed, confidencePercent, shareAtMost: bound } };
  };
};

const byChanges = async <S extends State>(
  { parts, options, tally, work }: Work<S>,
  { since }: { since: string },
): Promise<() => Special> => {
  let keys = new Set<string>();
  for await (const batch of parts.changedKeys.since(since, options.signal)) {
    for (const key of batch) if (!tally.hasReported(key)) keys.add(key);
    if (keys.size < CHANGED_KEYS) continue;
    await work.compareKeys([...keys]);
    keys = new Set();
  }
  await work.compareKeys([...keys]);
  return () => ({ since });
};
