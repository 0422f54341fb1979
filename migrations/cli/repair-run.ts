import { readFile } from 'node:fs/promises';
import { messageOf, UsageError } from '../../services/core/index.ts';
import { isCaptured } from '../../services/outbox/capture/capture-lease.ts';
import { Outbox } from '../../services/outbox/index.ts';
import { CannotTellError } from '../verify/cannot-tell-error.ts';
import { describeResult } from '../verify/describe-result.ts';
import type { Mend } from '../verify/mend.ts';
import { mendAtSource } from '../verify/mend-at-source.ts';
import { mendThroughSink } from '../verify/mend-through-sink.ts';
import { redact } from '../verify/redact.ts';
import { repair } from '../verify/repair.ts';
import { describeRepair, type RepairResult, repairVerdictOf } from '../verify/repair-result.ts';
import { parseReport, type ReportedMismatches } from '../verify/verify-report.ts';
import { type VerifyResult, verdictOf } from '../verify/verify-result.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { explain } from './failures.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';
import { compare, verifyOptionsOf, verifyPartsOf } from './verify-compare.ts';
import { modeOf } from './verify-mode.ts';
import { EXIT_CODE_OF } from './verify-run.ts';

export interface RepairFlags {
  readonly report?: string | undefined;
  readonly rate: number;
  readonly dryRun: boolean;
  readonly throughSink: boolean;
  readonly settleMs: number;
  readonly showValues: boolean;
  readonly ignoreVersions: boolean;
}

const SOURCE = '/banyan/repair';
/** What differs only for a moment longer is touched for nothing, which is harmless. */
const LONGEST_SEARCH_SETTLE_MS = 10_000;

/** `banyan repair PLAN`. */
export const repairPlan = async (
  context: CommandContext,
  name: string,
  flags: RepairFlags,
): Promise<ExitCode> => {
  const reported = flags.report === undefined ? undefined : await readReport(flags.report, name);
  return withPlan(context, name, async (open) => {
    if (!flags.throughSink) await refuseCaptured(context, open);
    try {
      const found = reported ? { ...reported, rejected: 0 } : await findWrong(context, open, flags);
      if (!found) return EXIT_CODES.cannotTell;
      const result = await mendKeys(context, open, flags, found.keys);
      return tell(context, flags, result, found);
    } catch (thrown) {
      if (context.interrupted.aborted) context.output.warn('the same command goes on where this one stopped');
      if (!(thrown instanceof CannotTellError)) throw thrown;
      context.output.warn(explain(thrown));
      context.output.result({ event: 'result', plan: name, verdict: 'cannot-tell', why: thrown.message }, '');
      return EXIT_CODES.cannotTell;
    }
  });
};

const readReport = async (file: string, plan: string): Promise<ReportedMismatches> => {
  const json = await readFile(file, 'utf8').catch((cause) => {
    throw new UsageError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const report = parseReport(json, file);
  if (report.plan === plan) return report;
  throw new UsageError(`${file} is about ${report.plan}, not ${plan}`);
};

/** What is to be mended, and what nobody can mend here: it is in quarantine. */
interface Found extends Pick<ReportedMismatches, 'keys' | 'keysLeftOut'> {
  readonly rejected: number;
}

/** What a comparison of everything finds; nothing when it cannot tell. */
const findWrong = async (
  context: CommandContext,
  open: OpenPlan,
  flags: RepairFlags,
): Promise<Found | undefined> => {
  const settleMs = Math.min(flags.settleMs, LONGEST_SEARCH_SETTLE_MS);
  const result = await compare(context, open, { ...flags, settleMs, mode: modeOf({ checksum: true }) });
  const { keys, mismatches, unsettled, rejected } = result;
  const verdict = verdictOf(result);
  context.output.result(
    { event: 'verified', verdict, ...shown(result, flags) },
    describeResult(result, flags),
  );
  if (verdict === 'cannot-tell' && keys.length === 0) {
    context.output.result({ event: 'result', plan: open.name, verdict }, '');
    return undefined;
  }
  return { keys: [...keys], keysLeftOut: mismatches + unsettled - keys.length, rejected };
};

const mendKeys = async (
  context: CommandContext,
  open: OpenPlan,
  flags: RepairFlags,
  keys: readonly string[],
): Promise<RepairResult> => {
  const parts = await verifyPartsOf(context, open);
  const mend = flags.throughSink ? mendThroughSink(open.store) : await touching(context, open, flags);
  const { options, end } = verifyOptionsOf(context, open, flags);
  try {
    return await repair(
      { ...parts, mend },
      { ...options, keys, perSecond: flags.rate, dryRun: flags.dryRun },
    );
  } finally {
    end();
  }
};

const touching = async (context: CommandContext, open: OpenPlan, flags: RepairFlags): Promise<Mend> => {
  const { clock } = context;
  const { client, db } = await context.mongo();
  const outbox = new Outbox({ client, db, clock, source: SOURCE });
  if (!flags.dryRun) await outbox.open();
  return mendAtSource({ outbox, entity: open.plan.entity, clock, source: SOURCE });
};

/** An outbox event beside the captured one would give the key a version of another clock. */
const refuseCaptured = async (context: CommandContext, { name, plan }: OpenPlan): Promise<void> => {
  const { collection } = plan.entity;
  const { db } = await context.mongo();
  if (!(await isCaptured({ db, collection }))) return;
  throw new UsageError(
    `${collection} is captured: its versions are cluster times, which only a change by its own code has. Write to the key there and the capture does the rest, or mend what the sink lacks with --through-sink, and all of it in a fresh one: \`banyan backfill run ${name}@SINK\``,
  );
};

const tell = (
  { output }: CommandContext,
  flags: RepairFlags,
  result: RepairResult,
  { keysLeftOut, rejected }: Found,
): ExitCode => {
  const verdict = repairVerdictOf(result, { keysLeftOut, rejected });
  const { verified, ...counts } = result;
  const checked = verified && { verified: { verdict: verdictOf(verified), ...shown(verified, flags) } };
  const { throughSink } = flags;
  output.result(
    { event: 'result', verdict, throughSink, ...counts, keysLeftOut, ...checked },
    describeRepair(result, keysLeftOut),
  );
  return EXIT_CODE_OF[verdict];
};

/** A result that may be passed around, without its thousands of keys. */
const shown = ({ keys: _keys, ...result }: VerifyResult, { showValues }: RepairFlags) =>
  showValues ? result : redact(result);
