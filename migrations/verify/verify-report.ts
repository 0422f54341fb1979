import { z } from 'zod';
import { UsageError } from '../../services/core/index.ts';
import { describeClaim, SENTENCES } from './describe-result.ts';
import { redact } from './redact.ts';
import { type Verdict, type VerifyResult, verdictOf } from './verify-result.ts';

const FORMAT = 'banyan-verify-1';

/** A comparison as it is kept: what was found, what that claims, and how to do it again. */
export interface VerifyReport extends Omit<VerifyResult, 'keys'> {
  readonly format: typeof FORMAT;
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly claim: string;
  /** The command that compares the same again. */
  readonly command: string;
  /** When it was finished; ISO 8601. */
  readonly at: string;
  readonly valuesShown: boolean;
  /** The keys of all mismatches, as far as they were kept. */
  readonly keys: readonly string[];
  /** Keys that differ, and are not among `keys`. */
  readonly keysLeftOut: number;
}

export const reportOf = (
  result: VerifyResult,
  options: {
    readonly command: string;
    readonly atMs: number;
    readonly showValues: boolean;
    /** Optional: absent when the comparison came to its end. Why it did not. */
    readonly stoppedBy?: string;
  },
): VerifyReport => {
  const { keys, ...found } = options.showValues ? result : redact(result);
  const verdict = options.stoppedBy === undefined ? verdictOf(result) : 'cannot-tell';
  return {
    format: FORMAT,
    verdict,
    sentence: SENTENCES[verdict],
    claim: options.stoppedBy ?? describeClaim(result),
    command: options.command,
    at: new Date(options.atMs).toISOString(),
    valuesShown: options.showValues,
    ...found,
    keys,
    keysLeftOut: result.mismatches + result.unsettled - keys.length,
  };
};

const keysSchema = z.object({
  format: z.literal(FORMAT),
  plan: z.string(),
  keys: z.array(z.string()),
  keysLeftOut: z.int().min(0),
});

/** Of a report what its repair needs. */
export type ReportedMismatches = z.infer<typeof keysSchema>;

/** @throws UsageError when `json` is not the report of a comparison. */
export const parseReport = (json: string, file: string): ReportedMismatches => {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UsageError(`${file} is not JSON`, { cause });
  }
  const parsed = keysSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${file} is no report that \`banyan verify --report\` wrote: ${z.prettifyError(parsed.error)}`,
  );
};
