import { type Verdict, type VerifyResult, verdictOf } from './verify-result.ts';

/** What became of a repair. */
export interface RepairResult {
  readonly plan: string;
  readonly dryRun: boolean;
  /** Keys that were looked at. */
  readonly keys: number;
  /** Keys that agreed by then, and were left alone. */
  readonly agreed: number;
  /** Keys that differed, and that there was a way to mend, or to try. */
  readonly wrong: number;
  readonly mended: number;
  /** Keys that this way of repairing cannot mend. */
  readonly left: number;
  readonly firstLeft: readonly { readonly key: string; readonly reason: string }[];
  /** The comparison of the mended keys; absent when none was. */
  readonly verified?: VerifyResult;
}

/**
 * `keysLeftOut`: keys that differ, and that nobody named. What is only proposed, or left, differs still. `rejected`:
 * keys that were found in quarantine, which no repair changes.
 */
export const repairVerdictOf = (
  result: RepairResult,
  { keysLeftOut, rejected }: { readonly keysLeftOut: number; readonly rejected: number },
): Verdict => {
  if (keysLeftOut > 0 || result.left > 0 || (result.dryRun && result.wrong > 0)) return 'different';
  const verdict = result.verified ? verdictOf(result.verified) : 'equal';
  return verdict === 'equal' && rejected > 0 ? 'rejects' : verdict;
};

/** The result for people. */
export const describeRepair = (result: RepairResult, keysLeftOut: number): string => {
  const { plan, dryRun, keys, agreed, wrong, mended, left, firstLeft, verified } = result;
  const lines = [
    dryRun
      ? `${plan}: ${wrong} of ${keys} keys would be mended, ${agreed} agree, ${left} cannot be mended so`
      : `${plan}: ${mended} of ${keys} keys mended, ${agreed} agreed already, ${left} left`,
    ...firstLeft.slice(0, 20).map(({ key, reason }) => `  ${key}: ${reason}`),
  ];
  if (keysLeftOut > 0) lines.push(`  ${keysLeftOut} more keys differ than were named: repair again`);
  if (verified) lines.push(verifiedLine(verified));
  return lines.join('\n');
};

const verifiedLine = (verified: VerifyResult): string => {
  const { compared, mismatches, unsettled, settled, rejected, sourcePositions } = verified;
  const between = `between the source's positions ${sourcePositions.before} and ${sourcePositions.after}`;
  if (mismatches + unsettled === 0) {
    const agree =
      rejected === 0
        ? `all ${compared} agree`
        : `${compared - rejected} agree and ${rejected} are in quarantine`;
    return `  verified: ${agree}, ${settled} settled once the change had come through, ${between}`;
  }
  return `  verified: ${mismatches + unsettled} of ${compared} do not agree yet, ${between}: do relay and consumer run? \`banyan relay status\` says how far they are`;
};
